"""What the tests ask of Django: to use its session, and to say what it sees in it."""
import datetime
import json

from django.contrib.auth import authenticate, get_user_model, login, logout
from django.http import HttpResponse, JsonResponse
from django.urls import path


def view(request):
    """Everything in the session, and who is signed in."""
    user = request.user.pk if request.user.is_authenticated else None
    return HttpResponse(json.dumps({"user": user, "key": request.session.session_key, "data": dict(request.session.items())}))


def change(request):
    """Sets the keys of a JSON object; Python parses it, so 1.0 and big integers arrive as Python has them."""
    request.session.update(json.loads(request.GET["data"]))
    return view(request)


def count(request):
    """Adds one to a key, as an application would: read, change, save at the end of the request."""
    key = request.GET["key"]
    request.session[key] = request.session.get(key, 0) + 1
    return JsonResponse({"value": request.session[key]})


def expire(request):
    seconds = request.GET["seconds"]
    request.session.set_expiry(None if seconds == "" else int(seconds))
    return JsonResponse({"age": request.session.get_expiry_age()})


def age(request):
    session = request.session
    return JsonResponse({"age": session.get_expiry_age(), "browser": session.get_expire_at_browser_close()})


def python_only(request):
    """What JSON can't hold but a pickle can."""
    request.session["python"] = {"tuple": (1, 2), 1: "int key", "bytes": b"\x00\xff", "float": 1.0, "big": 2**70}
    return HttpResponse()


def is_python_only(request):
    kept = request.session["python"] == {"tuple": (1, 2), 1: "int key", "bytes": b"\x00\xff", "float": 1.0, "big": 2**70}
    kept = kept and type(request.session["python"]["float"]) is float
    return JsonResponse({"kept": kept})


def dated(request):
    """What no pickle of ours holds."""
    request.session["since"] = datetime.date(2020, 1, 31)
    return HttpResponse()


def is_dated(request):
    return JsonResponse({"kept": request.session.get("since") == datetime.date(2020, 1, 31)})


def flush(request):
    request.session.flush()
    return HttpResponse()


def make_user(request):
    user = get_user_model().objects.create_user(request.GET["name"], password=request.GET["password"])
    return JsonResponse({"id": user.pk, "password": user.password})


def change_password(request):
    user = get_user_model().objects.get(username=request.GET["name"])
    user.set_password(request.GET["password"])
    user.save()
    return JsonResponse({"id": user.pk, "password": user.password})


def sign_in(request):
    login(request, authenticate(request, username=request.GET["name"], password=request.GET["password"]))
    return view(request)


def sign_out(request):
    logout(request)
    return HttpResponse()


urlpatterns = [
    path(function.__name__, function)
    for function in (
        view, change, count, expire, age, python_only, is_python_only, dated, is_dated, flush, make_user, change_password, sign_in, sign_out,
    )
]
