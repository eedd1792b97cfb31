"""The page: a form that keeps the visitor's name in Django's session."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from events import names, sio


def page(request: HttpRequest) -> HttpResponse:
    """Show the form, or take a name from it."""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:40]
        if name:
            request.session["name"] = name
            sio.emit("seen", f"{name} is at the door")
        return redirect("/")
    context = {"name": request.session.get("name"), "visitors": len(names)}
    return render(request, "page.html", context)


urlpatterns = [path("", page)]
