from django.test import Client


def test_only_the_admin_gets_the_looser_policy(client: Client, db: None) -> None:
    admin = client.get("/admin/login/")["Content-Security-Policy"]
    portal = client.get("/", follow=True)["Content-Security-Policy"]
    assert "unsafe-eval" in admin
    assert "unsafe" not in portal
    assert "default-src 'self'" in portal
    assert "Content-Security-Policy-Report-Only" not in client.get("/admin/login/")
