package scratch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Ledger leases the slots of one folder. It is safe for concurrent use; no other
// process uses the folder while it is open.
type Ledger struct {
	place *place
	opts  Options
	boot  string

	mu    sync.Mutex
	slots []*slot
}

// Open takes a free folder <root>/<n>/, frees the slots whose leases have ended
// and keeps those that are still fresh. The caller closes the ledger.
func Open(root string, o Options) (*Ledger, error) {
	place, err := takePlace(root)
	if err != nil {
		return nil, fmt.Errorf("take a scratch folder under %s: %w; let the worker write there", root, err)
	}
	l := &Ledger{place: place, opts: o.withDefaults(), boot: bootID()}
	if err := dropSlots(place.dir, l.opts.Slots); err != nil {
		l.Close()
		return nil, err
	}
	for n := range l.opts.Slots {
		s, err := openSlot(place.dir, n, l.boot)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("open scratch slot %d: %w; empty %s", n, err, place.dir)
		}
		l.slots = append(l.slots, s)
	}
	if err := l.Sweep(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Close gives the folder up. Leases stay, for the process that opens it next.
func (l *Ledger) Close() error { return l.place.lock.Close() }

// Queue is the name of the task queue of whoever works with this folder. It
// stays the same when a worker is started again.
func (l *Ledger) Queue() string { return "holdfast-scratch-" + l.place.id }

// Dir is the folder that this ledger divides, for people.
func (l *Ledger) Dir() string { return l.place.dir }

// Slots is how many leases there are at a time.
func (l *Ledger) Slots() int { return l.opts.Slots }

// SlotBytes is how many bytes the holder of a lease may write.
func (l *Ledger) SlotBytes() int64 { return l.opts.SlotBytes }

// Acquire leases a slot for key and returns its number; one that key has already
// is touched and returned again. Leases that key shows to be over end: a worker
// that was killed and starts again finds those of work that went on elsewhere. The error wraps ErrFull where no slot is free or
// the disk has less free space than a slot may take.
func (l *Ledger) Acquire(key Key) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.opts.Now()
	if err := l.sweep(now, func(held Key) bool { return held.over(key) }); err != nil {
		return 0, err
	}
	free := -1
	for n, s := range l.slots {
		if s.held != nil && s.held.Key == key {
			return n, wrap(key, s.touch(now))
		}
		if s.held == nil && free < 0 {
			free = n
		}
	}
	if free < 0 {
		return 0, fmt.Errorf("%w: all %d slots of %s are leased; they are given back as shards end, or start the worker with more", ErrFull, len(l.slots), l.place.dir)
	}
	room, err := l.opts.Free(l.place.dir)
	if err != nil {
		return 0, err
	}
	if room < l.opts.SlotBytes {
		return 0, fmt.Errorf("%w: the disk of %s has %d bytes left and a slot may take %d; free some", ErrFull, l.place.dir, room, l.opts.SlotBytes)
	}
	return free, wrap(key, l.slots[free].take(key, l.boot, now))
}

// Use is the right to work in a lease's folder, until Done.
type Use struct {
	// Dir is the folder.
	Dir string

	ledger *Ledger
	slot   *slot
	lease  string // the folder's name tells one lease of the slot from the next
	turn   chan struct{}
}

// Use waits until nobody else uses the folder of key's lease and returns it: a
// step that was given up may still be ending while its successor begins. A lease
// in use does not end by time. The error wraps ErrLost where the lease has ended,
// or is that of ctx.
func (l *Ledger) Use(ctx context.Context, slot int, key Key) (*Use, error) {
	l.mu.Lock()
	s, err := l.find(slot, key)
	if err != nil {
		l.mu.Unlock()
		return nil, err
	}
	u := &Use{Dir: s.folder(), ledger: l, slot: s, lease: s.held.Folder, turn: s.turn}
	s.users++
	l.mu.Unlock()

	select {
	case u.turn <- struct{}{}:
	case <-ctx.Done():
		u.leave()
		return nil, ctx.Err()
	}
	l.mu.Lock()
	_, err = l.find(slot, key)
	if err == nil && s.held.Folder != u.lease {
		err = fmt.Errorf("%w: %s", ErrLost, key)
	}
	l.mu.Unlock()
	if err != nil {
		u.Done()
		return nil, err
	}
	return u, nil
}

// Done ends the use and touches the lease. It is called once.
func (u *Use) Done() {
	u.leave()
	<-u.turn
}

func (u *Use) leave() {
	u.ledger.mu.Lock()
	defer u.ledger.mu.Unlock()
	if u.slot.held == nil || u.slot.held.Folder != u.lease {
		return
	}
	u.slot.users--
	// The time of the last touch matters only to sweeping; without it the lease ends early.
	_ = u.slot.touch(u.ledger.opts.Now())
}

// Touch keeps the lease for another Options.Idle. The error wraps ErrLost where it has ended.
func (l *Ledger) Touch(slot int, key Key) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.find(slot, key)
	if err != nil {
		return err
	}
	return wrap(key, s.touch(l.opts.Now()))
}

// Release ends the lease and deletes what is in its folder, used or not. One that
// has ended already is not an error.
func (l *Ledger) Release(slot int, key Key) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.find(slot, key)
	if errors.Is(err, ErrLost) {
		return nil
	}
	return wrap(key, s.end())
}

// Sweep ends the leases whose time is over.
func (l *Ledger) Sweep() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sweep(l.opts.Now(), func(Key) bool { return false })
}

// Run sweeps from time to time until ctx ends. What goes wrong is given to report.
func (l *Ledger) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(l.opts.Idle / 10)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := l.Sweep(); err != nil {
				report(err)
			}
		}
	}
}

// sweep ends the leases whose time is over, and those that are over for another
// reason; none that is in use.
func (l *Ledger) sweep(now time.Time, over func(Key) bool) error {
	var problems []error
	for n, s := range l.slots {
		if s.held == nil || s.users > 0 {
			continue
		}
		if s.intact() && now.Before(s.held.Touched.Add(l.opts.Idle)) && !over(s.held.Key) {
			continue
		}
		if err := s.end(); err != nil {
			problems = append(problems, fmt.Errorf("end the lease of scratch slot %d: %w; empty %s", n, err, s.dir))
		}
	}
	return errors.Join(problems...)
}

// find returns the slot that key has; l.mu is held.
func (l *Ledger) find(n int, key Key) (*slot, error) {
	if n >= 0 && n < len(l.slots) {
		s := l.slots[n]
		if s.held != nil && s.held.Key == key && s.intact() {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: %s has no slot %d; start the shard anew", ErrLost, key, n)
}

func wrap(key Key, err error) error {
	if err != nil {
		return fmt.Errorf("scratch of %s: %w", key, err)
	}
	return nil
}
