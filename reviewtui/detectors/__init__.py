"""Find faces, hands, people and text in a picture, in a limited process of its own.

Small networks whose weights lie in ``weights/``; the libraries that run them are an optional extra and are imported in
the child process alone. Must not know versions, masks or the database.
"""
