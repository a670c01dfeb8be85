"""What cannot be read from a view: open doors, and addresses that answer in their own way.

Everything else follows from the view's declared permission and the row's owner. A view
that declares nothing and stands in no table here fails the sweep by name.
"""

# Open to anybody, and why.
PUBLIC = {
    "accounts:sign_in": "the door itself",
    "accounts:sign_out": "signing out needs no rights",
    "accounts:language": "the sign-in page has the switch",
    "api:token": "the API's door",
}

# (route, method): statuses that are right for those who may, beside the usual ones, and why.
ALSO_RIGHT: dict[tuple[str, str], tuple[set[int], str]] = {
    ("api:not_here", "get"): ({404}, "its whole purpose"),
    ("accounts:session_end", "post"): ({404}, "the mark in the address is no session of theirs"),
    ("accounts:unit", "post"): ({404}, "no unit is named"),
    **{
        (f"audits:visit-{step}", method): ({403}, "a visit is changed by the one who makes it")
        for step in ("go-on", "section", "answer", "photos", "findings", "check-out")
        for method in ("get", "post")
    },
    ("commissions:pool_round_payments", "get"): ({404}, "likewise: nothing is under way"),
    ("commissions:payment_file", "get"): ({404}, "there is no file before the payments are issued"),
    ("audits:finding-withdraw", "post"): ({403}, "likewise"),
    ("audits:photo-remove", "post"): ({403}, "likewise"),
}

# Routes that belong to the admin site by their namespace alone.
ADMIN = "admin:"
