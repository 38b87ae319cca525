package archive

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func TestEveryObjectIsInExactlyOneShare(t *testing.T) {
	const objects = 2000
	for of := range 14 {
		counts := map[int]int{}
		for n := range objects {
			name := AttachmentName(fmt.Sprint(10000+n), 0)
			in := 0
			for share := 1; share <= max(of, 1); share++ {
				if inShare(name, share, of) {
					in++
					counts[share]++
				}
			}
			require.Equal(t, 1, in, "%s of %d shares", name, of)
		}
		for share, n := range counts {
			require.InEpsilon(t, objects/max(of, 1), n, 0.4, "share %d of %d", share, of)
		}
	}
}

// readCounter counts which objects are read.
type readCounter struct {
	store.Store
	reads map[string]int
}

func (r *readCounter) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r.reads[name]++
	return r.Store.Get(ctx, name, offset, length)
}

func TestSharesTogetherReadEverythingOnce(t *testing.T) {
	b := small(t)
	const of = 3
	s := &readCounter{Store: b.s, reads: map[string]int{}}
	records := map[string]int{}
	for share := 1; share <= of; share++ {
		v, err := Verify(t.Context(), s, testPolicy, testBackup, VerifyOptions{Share: share, Of: of})
		require.NoError(t, err)
		require.True(t, v.OK(), "%v", v.Problems)
		require.Zero(t, v.ExtraCount)
		require.Equal(t, b.m.Counts, v.Counts)
		for kind, n := range v.Records {
			records[kind] += n
		}
	}
	require.Equal(t, map[string]int{"issue": 40, "comment": 40, "field": 1}, records)
	for _, object := range b.objects() {
		if strings.HasPrefix(object, attachmentDir) || strings.HasSuffix(object, segmentSuffix) && !strings.HasPrefix(object, indexDir) {
			require.Equal(t, 1, s.reads[BackupDir(testPolicy, testBackup)+object], object)
		}
	}
}

func TestWhatIsOutsideTheShareIsHeldAgainstSizeAndChecksum(t *testing.T) {
	b := small(t)
	const of = 5
	for _, object := range b.objects() {
		if object == StateName {
			continue // it changes
		}
		whole := b.read(object)
		damages := map[string]func(){
			"cut":     func() { b.overwrite(object, whole[:len(whole)/2]) },
			"missing": func() { require.NoError(t, os.Remove(b.path(object))) },
		}
		for name, damage := range damages {
			if len(whole) == 0 && name == "cut" {
				continue
			}
			damage()
			for share := 1; share <= of; share++ {
				v, err := Verify(t.Context(), b.s, testPolicy, testBackup, VerifyOptions{Share: share, Of: of})
				require.NoError(t, err)
				require.False(t, v.OK(), "%s %s, share %d of %d", object, name, share, of)
			}
			if name == "missing" {
				b.put(object, whole)
			} else {
				b.overwrite(object, whole)
			}
		}
	}
}

func TestSharesThatDoNotExistAreRefused(t *testing.T) {
	b := small(t)
	for _, c := range [][2]int{{0, 2}, {3, 2}, {-1, 2}, {1, -1}} {
		_, err := Verify(t.Context(), b.s, testPolicy, testBackup, VerifyOptions{Share: c[0], Of: c[1]})
		require.ErrorContains(t, err, "give one of 1 to", "%v", c)
	}
}
