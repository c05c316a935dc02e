<?php
/**
 * Prices of things.
 */
declare(strict_types=1);

namespace App\Shop;

use App\Models\Item;
use App\Models\{Order, User as Person};
use function App\helper;

require_once __DIR__ . '/near.php';

const LIMIT = 10;
define('NAME', 'x');

/**
 * Sells | things.
 */
#[Entity(table: 'shop')]
abstract class Shop extends Base implements Sells, Countable
{
    use Logs, Counts;

    public const MAX = 5;
    protected ?string $name = null;
    private static array $items = [], $more;

    public function __construct(private readonly string $title, int $count = 1) {}

    /** Sells one. */
    #[Route('/sell')]
    public static function sell(
        Item $item, // which
        int|string ...$counts
    ): ?int {
        return 1;
    }
    abstract protected function close(): void;
}

interface Sells { const X = 1; public function price(): int; }
trait Logs { protected function log(string $m): void {} }
enum Suit: string implements Named { case Hearts = 'H'; case Spades = 'S'; public function label(): string { return 'x'; } }

function helper(array &$x = [], callable $f = null): array { return $x; }

if (!function_exists('maybe')) {
    function maybe(int $x): int { return $x; }
}
?>
<p>html</p>
