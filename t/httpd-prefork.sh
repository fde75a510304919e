#!/bin/sh
# The Apache::Test suite under the prefork MPM.
exec "$(dirname "$0")/run-httpd-tests" prefork
