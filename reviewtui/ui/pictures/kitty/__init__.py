"""Pictures that live in the terminal (Kitty's graphics protocol): sent once, shown, moved and flipped in a few bytes.

``commands`` spells the protocol, ``rungs`` encodes, ``transport`` sends without getting in the way of keys, ``store``
knows what the terminal holds, ``painter`` fulfils the contract of a view.
"""
