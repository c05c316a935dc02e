/* Licensed under something. */
package org.example.shop;

import java.util.List;
import java.util.Map;
import static java.util.Objects.requireNonNull;
import org.example.other.*;

/**
 * Sells | things {@code quickly}.
 *
 * @param <T> what
 */
@Entity
@Table(name = "shop")
public abstract class Shop<T extends Item> extends Base<T> implements Sells, Comparable<Shop<T>> {
    public static final int LIMIT = 10;
    private final Map<String, List<T>> items = new HashMap<>();
    protected String name, note;

    /** Makes one. */
    public Shop(String name) { this.name = name; }

    /** Sells one. */
    @Override
    public <K> int sell(
        final T item, // which
        int... counts
    ) throws IOException, ShopException {
        Runnable r = new Runnable() { public void run() {} };
        return 1;
    }

    abstract void close();

    static { init(); }

    public enum Colour implements Named {
        RED("red") { void x() {} }, GREEN("green");
        private final String code;
        Colour(String code) { this.code = code; }
    }

    record Point(int x, int y) { Point { check(x); } }

    interface Visitor<R> {
        R visit(Shop<?> shop);
        default void done() {}
    }
}

@interface Marker { String value() default "x"; }
