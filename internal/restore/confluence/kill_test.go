package confluence

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite/content"
)

// little is a site with some of everything, as small as can be.
var little = content.WikiSpec{
	Seed: 447, // of which pages have every status
	Spaces: []content.SpaceSpec{
		{Key: "ENG", Pages: 14, Blogs: 3, Others: 4, Tasks: 3, CustomContent: 3, Properties: 2, Labels: 2, Templates: 1, Permissions: 12, Watchers: 1},
		{Key: "OLD", Archived: true, Pages: 2},
		{Key: "~person", Personal: true, Pages: 1},
	},
	Attachments: 5,
	Nodes: []content.NodeSpec{
		{Space: "ENG", Number: 2, Versions: 3, Labels: 2, Props: 2, Footer: 3, Inline: 4, Replies: 2, Depth: 2},
		{Space: "ENG", Number: 9, Footer: 2, Inline: 1},
	},
	Groups: 4, Accounts: 12,
}

var errKilled = errors.New("killed by the test")

// killer cuts each write off once, or one in so many: before it reaches the site, or after the
// site has done it. One is known by its method, address and body.
type killer struct {
	http.RoundTripper
	before bool
	oneIn  uint16

	mu   sync.Mutex
	seen map[[32]byte]bool
	cuts int
}

func (k *killer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/users-bulk") {
		return k.RoundTripper.RoundTrip(r)
	}
	h := sha256.New()
	_, _ = io.WriteString(h, r.Method+r.URL.String())
	if r.Body != nil && !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_, _ = h.Write(body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	k.mu.Lock()
	key := [32]byte(h.Sum(nil))
	cut := !k.seen[key] && binary.BigEndian.Uint16(key[:])%k.oneIn == 0
	k.seen[key] = true
	if cut {
		k.cuts++
	}
	k.mu.Unlock()
	if cut && k.before {
		return nil, errKilled
	}
	resp, err := k.RoundTripper.RoundTrip(r)
	if err == nil && cut {
		_ = resp.Body.Close()
		return nil, errKilled
	}
	return resp, err
}

func TestARestoreKilledAtEveryWriteMakesNothingTwice(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	whole := empty(t, little)
	_, want := restoretest.Run(t, b.steps(whole, func(s *restore.Spec) { full(s); s.ID += "a" }))
	for name, before := range map[string]bool{"the site did it": false, "it never arrived": true} {
		t.Run(name, func(t *testing.T) {
			to := empty(t, little)
			k := &killer{RoundTripper: http.DefaultTransport, before: before, oneIn: 9, seen: map[[32]byte]bool{}}
			if os.Getenv("HOLDFAST_LONG") != "" {
				k.oneIn = 1
			}
			steps := b.stepsOver(to, k, func(s *restore.Spec) { full(s); s.ID += name[:5] })
			restoretest.Plan(t, steps)
			require.Zero(t, k.cuts, "a plan writes nothing")
			for tries := 0; ; tries++ {
				counts, err := restoretest.TryApply(t, steps, 0)
				if err == nil {
					require.Equal(t, want, counts)
					break
				}
				require.Equal(t, atlassian.ClassAway, atlassian.ClassOf(err), "%v", err)
				require.Less(t, tries, 2000, "it goes on")
			}
			require.Greater(t, k.cuts*int(k.oneIn), 150)
			require.Equal(t, dump(t, whole), dump(t, to))
			require.Empty(t, restoretest.Compare(t, steps).Rows)
		})
	}
}
