"""The vocabulary: frozen values and pure rules, standard library only, no input or output."""
