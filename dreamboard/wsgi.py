"""What a WSGI server runs."""

import os

from django.core.wsgi import get_wsgi_application

from dreamboard.bodies import measured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dreamboard.settings")
# The server's threads come and go with the load, and a connection that a thread has left
# behind lives until the garbage collector happens to pass: they share a pool instead.
os.environ.setdefault("DATABASE_POOL", "8")
application = measured(get_wsgi_application())
