from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.urls import path, reverse_lazy

import views
from settings import DEMO

urlpatterns = [
    path("django/", views.home, name="home"),
    path("django/count/", views.count, name="count"),
    path("django/note/", views.note, name="note"),
    path(
        "django/login/",
        LoginView.as_view(template_name="login.html", extra_context={"demo": DEMO}),
        name="login",
    ),
    path("django/logout/", LogoutView.as_view(), name="logout"),
    path(
        "django/password/",
        PasswordChangeView.as_view(template_name="password.html", success_url=reverse_lazy("home")),
        name="password",
    ),
]
