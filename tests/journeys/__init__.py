"""What people do in a day, in a real browser, from the sign-in page on."""
