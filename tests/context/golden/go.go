// Copyright 2026 The Shop Authors.

// Package shop sells things.
// More about it.
package shop

import (
	"context"
	log "log/slog"
)
import "fmt"

// Limit is how many.
const Limit = 10
const (
	Red Colour = iota // first
	Green
	Blue
)

var (
	ErrMissing = errors.New("missing")
	table      = map[string]int{"alpha": 1, "beta": 2, "gamma": 3, "delta": 4, "epsilon": 5, "zeta": 6, "eta": 7, "theta": 8}
)
var counter, other int

type Colour int
type Alias = map[string]Colour

// Shop sells | things `quickly`.
type Shop[T any] struct {
	sync.Mutex
	Name  string `json:"name"` // shown
	items map[string]T
}

type (
	// Seller can sell.
	Seller interface {
		fmt.Stringer
		Sell(ctx context.Context, item string) (int, error)
	}
	Handler func(w io.Writer, r *Request) error
)

// Sell sells one.
func (s *Shop[T]) Sell(
	ctx context.Context,
	item string, // which
) (price int, err error) {
	inner := func() {}
	return 1, nil
}

func New[T any](name string, options ...Option) *Shop[T] { return nil }
