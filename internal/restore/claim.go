package restore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast/internal/store"
)

// ErrSuperseded ends an attempt at a batch that another one has taken over: it writes nothing
// more to the destination.
var ErrSuperseded = errors.New("another attempt has taken the batch over")

// claim is what an attempt at a batch holds it by: an object of the store, in the
// generation that the attempt wrote. An attempt that lost its connection to Temporal is not told that
// it is replaced, and would go on writing beside the next one: what both create would be
// there twice (T5).
type claim struct {
	f          Folder
	name       string
	generation int64
	every      time.Duration // how long a look is good for

	mu     sync.Mutex
	looked time.Time
}

// claim takes a batch over. An earlier attempt that may hold it is given the time to notice.
func (s *Steps) claim(ctx context.Context, phase string, n int) (*claim, error) {
	c := &claim{f: s.folder(), name: claimName(phase, n), every: s.Settle / 2}
	was, err := c.f.generation(ctx, c.name)
	if err != nil {
		return nil, err
	}
	cond := store.IfAbsent()
	if was != 0 {
		cond = store.IfGeneration(was)
	}
	o, err := store.PutBytes(ctx, c.f.s, c.name, []byte(rand.Text()), cond)
	if err != nil {
		return nil, fmt.Errorf("claim batch %d of %s: %w", n, phase, err)
	}
	c.generation = o.Generation
	if was == 0 || s.Settle <= 0 {
		return c, nil
	}
	s.moved()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(s.Settle):
		return c, nil
	}
}

// check fails with ErrSuperseded where another attempt holds the batch, and with the store's
// error where that can't be found out.
func (c *claim) check(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now()
	if at.Sub(c.looked) < c.every {
		return nil
	}
	now, err := c.f.generation(ctx, c.name)
	if err != nil {
		return err
	}
	if now != c.generation {
		return fmt.Errorf("%s of restore %s: %w", c.name, c.f.id, ErrSuperseded)
	}
	c.looked = at
	return nil
}

// release gives the batch back, unless another attempt holds it by now.
func (c *claim) release(ctx context.Context) {
	// One that stays costs the next attempt a short wait.
	_ = c.f.s.Delete(context.WithoutCancel(ctx), c.name, c.generation)
}
