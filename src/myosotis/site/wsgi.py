"""What the web server runs."""

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from myosotis.ops.family import end_with_parent
from myosotis.ops.logs import configure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myosotis.site.settings")

from django.conf import settings

end_with_parent()  # a worker of the web server: it must not outlive the server
configure(settings.MYOSOTIS.log_level, settings.MYOSOTIS.log_format)
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # every page, before the first one is asked for
# What stands for good is not looked through again by the collector: that made a page wait a tenth of a second now and then.
gc.collect()
gc.freeze()
