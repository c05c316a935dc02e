"""Where the runner process begins: started by path, `python -I -S`, which knows nothing but the library."""

import os
import sys

if __name__ == "__main__":
    # Our own package comes after the library, so that nothing in it is taken for a part of that.
    sys.path.append(os.path.abspath(f"{__file__}/../../.."))  # noqa: PTH100

    from copilot.shell.runner_process import main

    main(sys.argv[1:])
