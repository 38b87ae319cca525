package confluence

import (
	"context"
	"sync"
	"time"

	"holdfast/internal/atlassian"
)

// keyHeader makes a request one that reads what is restricted, as long as the
// account has an Admin Key (Atlassian's REST v2 reference, Admin Key).
const keyHeader = "Atl-Confluence-With-Admin-Key"

const (
	getKey    = "POST " + v2 + "/admin-key"
	deleteKey = "DELETE " + v2 + "/admin-key"

	// keyMinutes is for how long a key is asked for: the most there is (OpenAPI).
	keyMinutes = 60
	// keyMargin is how much of a key's time is left when it is asked for anew.
	keyMargin = 10 * time.Minute
	// keyIdle is after which time without a request the key is not relied on: a key
	// is the account's, and another worker may have given it back.
	keyIdle = time.Minute
)

// adminKey keeps the account's Admin Key alive while requests are made.
type adminKey struct {
	client *atlassian.Client // without the header
	now    func() time.Time

	mu      sync.Mutex
	until   time.Time // when to ask for it anew
	used    time.Time // when it was relied on last
	refused bool
}

// before adds the header to a request, where the account has a key.
func (k *adminKey) before(ctx context.Context, r *atlassian.Request) error {
	held, err := k.hold(ctx)
	if err != nil || !held {
		return err
	}
	r.Header.Set(keyHeader, "true")
	return nil
}

// hold gets a key where there is none or its time runs out, and reports whether
// there is one. An account that may not have one is asked for once.
func (k *adminKey) hold(ctx context.Context) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if k.refused {
		return false, nil
	}
	if now.Before(k.until) && now.Sub(k.used) < keyIdle {
		k.used = now
		return true, nil
	}
	reply, err := k.client.Do(ctx, atlassian.Request{Route: getKey, Body: map[string]int{"durationInMinutes": keyMinutes}})
	switch atlassian.ClassOf(err) {
	case atlassian.ClassForbidden:
		// The credential may be what is refused: then nothing is known of the key.
		if _, err := (&Confluence{client: k.client}).Identity(ctx); err != nil {
			return false, err
		}
		fallthrough
	case atlassian.ClassNotFound: // not an administrator, or not a Premium site (OpenAPI)
		k.refused = true
		return false, nil
	}
	if err != nil {
		return false, err
	}
	k.until, k.used = now.Add(keyMinutes*time.Minute-keyMargin), now
	if ends, err := time.Parse(time.RFC3339, text(reply.Body, "expirationTime")); err == nil && ends.Add(-keyMargin).Before(k.until) {
		// Less than was asked for, or a clock that differs: not to ask each time,
		// half a minute is taken for granted.
		k.until = ends.Add(-keyMargin)
		if least := now.Add(keyIdle / 2); k.until.Before(least) {
			k.until = least
		}
	}
	return true, nil
}

// denied reports whether the account may not have a key.
func (k *adminKey) denied(ctx context.Context) (bool, error) {
	held, err := k.hold(ctx)
	return err == nil && !held, err
}

// giveBack deletes the key. It is asked for again by the next request.
func (k *adminKey) giveBack(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refused {
		k.refused = false // the next run may be allowed
		return nil
	}
	k.until = time.Time{}
	_, err := k.client.Do(ctx, atlassian.Request{Route: deleteKey})
	if atlassian.ClassOf(err) == atlassian.ClassNotFound {
		return nil
	}
	return err
}
