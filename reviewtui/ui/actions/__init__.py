"""What keys do, one file per area. An action is short: it asks a service by the desk's runner or moves the view."""
