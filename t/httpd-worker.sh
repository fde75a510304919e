#!/bin/sh
# The Apache::Test suite under the worker MPM.
exec "$(dirname "$0")/run-httpd-tests" worker
