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
    ("api:not_here", "post"): ({404}, "its whole purpose"),
    ("accounts:session_end", "post"): ({404}, "the mark in the address is no session of theirs"),
}

# Routes that belong to the admin site by their namespace alone.
ADMIN = "admin:"
