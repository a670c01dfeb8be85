"""A believable city to try the portal with: generated, never real. See docs/demo-data.md.

`plan` says how much of what, the modules named after things draw them, `loading` writes
them, `history` lets the demo users settle the past through the real services, `seed`
does it all in order.
"""
