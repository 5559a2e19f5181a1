"""Django's half of the site: it works on its session as any Django site does."""
import json

from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST


def home(request):
    data = json.dumps(dict(request.session.items()), indent=2, ensure_ascii=False)
    return render(request, "home.html", {"data": data})


@require_POST
def count(request):
    request.session["count"] = request.session.get("count", 0) + 1
    return redirect("home")


@require_POST
def note(request):
    request.session["note"] = request.POST.get("note", "")[:200]
    return redirect("home")
