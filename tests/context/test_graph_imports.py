"""What an import means, language by language."""

import pytest

from copilot.context.ranking.imports import MOST_OF_A_FOLDER, places

PYTHON = """
setup.py src/shop/__init__.py src/shop/cart.py src/shop/json.py src/shop/tax/__init__.py src/shop/tax/rates.py
src/shop/tax/cart.py tests/test_cart.py tests/helpers.py tools/run.py tools/common.py backend/app/models.py
backend/app/views.py conftest.py stubs/shop/cart.pyi
"""
SCRIPT = """
web/src/app.ts web/src/util/index.ts web/src/util/dates.ts web/src/cart.tsx web/src/theme.css
web/src/a.config.ts web/src/types.d.ts web/lib/old.js web/index.html web/src/data.json
"""
OTHERS = """
include/shop/cart.h src/cart.c src/cart.h lib/cart.h app/main.cc
crates/my-core/src/lib.rs crates/my-core/src/parse/mod.rs crates/my-core/src/parse/lexer.rs
crates/app/src/main.rs crates/app/src/ui.rs
go/cart/cart.go go/cart/cart_test.go go/cart/add.go go/main.go json/own.go
java/com/shop/Cart.java java/com/shop/tax/Rates.java java/com/shop/Main.java
net/Shop/Cart.cs net/Shop/Tax/Rates.cs net/Program.cs
php/src/Models/User.php php/src/Http/Home.php php/inc/old.php
ruby/lib/shop/cart.rb ruby/lib/shop.rb ruby/bin/run.rb
sh/run.sh sh/common.sh
"""


def meant(tree: str, path: str, written: str) -> list[str]:
    paths = sorted(tree.split())
    assert path in paths
    return [paths[number] for number in places(paths).meant(path, written)]


@pytest.mark.parametrize(
    ("path", "written", "expected"),
    [
        ("tests/test_cart.py", "shop.cart", "src/shop/cart.py"),
        ("tests/test_cart.py", "shop.cart.Cart", "src/shop/cart.py"),
        ("tests/test_cart.py", "shop", "src/shop/__init__.py"),
        ("tests/test_cart.py", "shop.tax", "src/shop/tax/__init__.py"),
        ("tests/test_cart.py", "helpers", "tests/helpers.py"),
        ("tests/test_cart.py", "conftest", "conftest.py"),
        ("tests/test_cart.py", "json", ""),
        ("tests/test_cart.py", "common", ""),
        ("tests/test_cart.py", "os.path", ""),
        ("tools/run.py", "common", "tools/common.py"),
        ("backend/app/views.py", "app.models", "backend/app/models.py"),
        ("src/shop/cart.py", "json", ""),
        ("src/shop/cart.py", ".", "src/shop/__init__.py"),
        ("src/shop/cart.py", ".json", "src/shop/json.py"),
        ("src/shop/cart.py", ".tax.rates", "src/shop/tax/rates.py"),
        ("src/shop/cart.py", ".tax.rates.VAT", "src/shop/tax/rates.py"),
        ("src/shop/cart.py", ".missing", "src/shop/__init__.py"),
        ("src/shop/tax/__init__.py", ".rates", "src/shop/tax/rates.py"),
        ("src/shop/tax/rates.py", "..cart", "src/shop/cart.py"),
        ("src/shop/tax/rates.py", "...shop.cart", "src/shop/cart.py"),
        ("src/shop/tax/rates.py", ".....x", ""),
        ("setup.py", ".", ""),
    ],
)
def test_python(path: str, written: str, expected: str) -> None:
    assert meant(PYTHON, path, written) == expected.split()


@pytest.mark.parametrize(
    ("path", "written", "expected"),
    [
        ("web/src/app.ts", "./cart", "web/src/cart.tsx"),
        ("web/src/app.ts", "./cart.js", "web/src/cart.tsx"),
        ("web/src/app.ts", "./util", "web/src/util/index.ts"),
        ("web/src/app.ts", "./util/dates", "web/src/util/dates.ts"),
        ("web/src/app.ts", "./a.config", "web/src/a.config.ts"),
        ("web/src/app.ts", "./theme.css", "web/src/theme.css"),
        ("web/src/app.ts", "./data.json", "web/src/data.json"),
        ("web/src/app.ts", "./types", "web/src/types.d.ts"),
        ("web/src/app.ts", "../lib/old.js", "web/lib/old.js"),
        ("web/src/app.ts", "../../../outside", ""),
        ("web/src/app.ts", "@/util/dates", "web/src/util/dates.ts"),
        ("web/src/app.ts", "react", ""),
        ("web/src/app.ts", "cart", ""),
        ("web/src/util/dates.ts", ".", "web/src/util/index.ts"),
        ("web/src/util/dates.ts", "..", ""),
        ("web/src/util/dates.ts", "web/src/cart", "web/src/cart.tsx"),
    ],
)
def test_javascript_and_typescript(path: str, written: str, expected: str) -> None:
    assert meant(SCRIPT, path, written) == expected.split()


@pytest.mark.parametrize(
    ("path", "written", "expected"),
    [
        ("src/cart.c", '"cart.h"', "src/cart.h"),
        ("src/cart.c", "<shop/cart.h>", "include/shop/cart.h"),
        ("src/cart.c", "<stdio.h>", ""),
        ("app/main.cc", "cart.h", "lib/cart.h"),
        ("crates/my-core/src/lib.rs", "parse", "crates/my-core/src/parse/mod.rs"),
        ("crates/my-core/src/lib.rs", "crate::parse::lexer::Token", "crates/my-core/src/parse/lexer.rs"),
        ("crates/my-core/src/parse/mod.rs", "lexer", "crates/my-core/src/parse/lexer.rs"),
        ("crates/my-core/src/parse/mod.rs", "self::lexer", "crates/my-core/src/parse/lexer.rs"),
        ("crates/my-core/src/parse/lexer.rs", "super::Node", "crates/my-core/src/parse/mod.rs"),
        ("crates/app/src/main.rs", "my_core::parse::Node", "crates/my-core/src/parse/mod.rs"),
        ("crates/app/src/main.rs", "my_core::Node", "crates/my-core/src/lib.rs"),
        ("crates/app/src/main.rs", "std::fmt", ""),
        ("crates/app/src/main.rs", "crate::ui::Window", "crates/app/src/ui.rs"),
        ("go/main.go", '"example.com/me/go/cart"', "go/cart/add.go go/cart/cart.go"),
        ("go/main.go", "encoding/json", "json/own.go"),
        ("go/main.go", "fmt", ""),
        ("java/com/shop/Main.java", "com.shop.tax.Rates", "java/com/shop/tax/Rates.java"),
        ("java/com/shop/Main.java", "com.shop.tax.*", "java/com/shop/tax/Rates.java"),
        ("java/com/shop/Main.java", "java.util.List", ""),
        ("net/Program.cs", "Acme.Shop.Tax", "net/Shop/Tax/Rates.cs"),
        ("net/Program.cs", "System.Text", ""),
        ("php/src/Http/Home.php", "App\\Models\\User", "php/src/Models/User.php"),
        ("php/src/Http/Home.php", "../../inc/old.php", "php/inc/old.php"),
        ("ruby/bin/run.rb", "shop/cart", "ruby/lib/shop/cart.rb"),
        ("ruby/bin/run.rb", "../lib/shop", "ruby/lib/shop.rb"),
        ("ruby/bin/run.rb", "json", ""),
        ("sh/run.sh", "./common.sh", "sh/common.sh"),
        ("sh/run.sh", "common.sh", "sh/common.sh"),
    ],
)
def test_other_languages(path: str, written: str, expected: str) -> None:
    assert meant(OTHERS, path, written) == expected.split()


def test_a_large_folder_is_not_linked_whole() -> None:
    tree = " ".join(["main.go", *(f"cart/{number:03}.go" for number in range(100))])
    assert len(meant(tree, "main.go", "example.com/shop/cart")) == MOST_OF_A_FOLDER


@pytest.mark.parametrize(
    "written", ["", ".", "..", "...", "/", "//", "::", "*", "a::*", "\\", '""', "@/", "a..b"]
)
@pytest.mark.parametrize(
    "path", ["a.py", "x/a.ts", "x/a.c", "x/a.rs", "x/a.go", "x/A.java", "x/a.rb", "a.php", "a"]
)
def test_odd_imports_mean_nothing_or_a_file_and_never_fail(path: str, written: str) -> None:
    found = places([path, "x/index.ts", "x/mod.rs"]).meant(path, written)
    assert set(found) <= {1, 2}
