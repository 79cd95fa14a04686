"""What a WSGI server runs."""

import os

from django.core.wsgi import get_wsgi_application

from dreamboard.bodies import measured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dreamboard.settings")
application = measured(get_wsgi_application())
