"""`python -m sqltypist` is the command `sqltypist`."""

from sqltypist.cli import main

raise SystemExit(main())
