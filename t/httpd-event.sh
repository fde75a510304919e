#!/bin/sh
# The Apache::Test suite under the event MPM.
exec "$(dirname "$0")/run-httpd-tests" event
