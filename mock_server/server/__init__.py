"""HTTP: the description served by Connexion, the control API beside it, and the process that runs them."""
