/*
 * Prices of things.
 */
#include <stdio.h>
#include "shop.h"

#define LIMIT 10
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#ifdef DEBUG
static int verbose = 1;
#else
static int verbose = 0;
#endif

/* A point. */
typedef struct point {
    int x; // across
    int y, *z;
} point_t;

struct shop;
struct node {
    struct node *next;
    union { int i; float f; } value;
    int (*callback)(int, void *);
};
typedef enum { RED, GREEN = 3 } colour_t;
enum level { LOW, HIGH };
typedef int (*handler_fn)(const char *, size_t);
typedef unsigned long id_t;

extern const char *names[];
static const int table[] = {1, 2, 3};
int add(int a, int b);

/** Adds | two. */
static inline int
add(int a, /* left */
    int b)
{
    return a + b;
}

const char *name_of(const struct shop *s, int (*f)(int)) { return 0; }
