package restore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store/dir"
	"holdfast/internal/store/storetest"
)

func testFolder(t testing.TB) Folder {
	t.Helper()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return OpenFolder(s, "jira-acme.20261123T021658Z.r20261123T120000Z")
}

// putRefs stores refs as the results of the batches of a phase, so many in each.
func putRefs(t testing.TB, f Folder, phase string, each int, refs []Ref) PlanPhase {
	t.Helper()
	p := PlanPhase{Name: phase}
	for i := 0; i < len(refs); i += each {
		require.NoError(t, f.putResult(t.Context(), phase, p.Batches, BatchResult{Refs: refs[i:min(i+each, len(refs))]}, 0))
		p.Batches++
	}
	return p
}

func TestIDsOfEarlierPhases(t *testing.T) {
	f := testFolder(t)
	var refs []Ref
	for i := range 5000 {
		refs = append(refs, Ref{Kind: "issue", From: fmt.Sprint(i), ID: fmt.Sprint("new", i), Key: fmt.Sprint("EE-", i)})
		if i%3 == 0 {
			refs = append(refs, Ref{Kind: "comment", From: fmt.Sprint("c/", i, "ü"), ID: fmt.Sprint(i)})
		}
	}
	rand.Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
	first := putRefs(t, f, "one", 900, refs)
	require.NoError(t, f.Join(t.Context(), first, t.TempDir(), func() {}))
	second := putRefs(t, f, "two", 10, []Ref{{Kind: "issue", From: "7", ID: "moved"}, {Kind: "board", From: "1", ID: "2"}})
	require.NoError(t, f.Join(t.Context(), second, t.TempDir(), func() {}))

	ids, err := f.IDs(t.Context(), "one", "two", "three")
	require.NoError(t, err, "a phase that has not ended has no list yet")
	get := func(kind, from string) string {
		t.Helper()
		r, ok, err := ids.Get(t.Context(), kind, from)
		require.NoError(t, err)
		require.Equal(t, ok, r.ID != "")
		return r.ID
	}
	for _, r := range refs {
		want := r.ID
		if r.Kind == "issue" && r.From == "7" {
			want = "moved"
		}
		require.Equal(t, want, get(r.Kind, r.From), "%s %s", r.Kind, r.From)
	}
	for _, none := range []recordKey{{"issue", "5000"}, {"issue", ""}, {"", ""}, {"zzz", "1"}, {"comment", "1"}, {"issue", "00000000"}, {"aaa", "1"}} {
		require.Empty(t, get(none.kind, none.id))
	}
	ids.Put(Ref{Kind: "issue", From: "7", ID: "now"})
	require.Equal(t, "now", get("issue", "7"), "what this batch made comes first")
	require.LessOrEqual(t, len(ids.phases[1].blocks), maxBlocks)

	require.NoError(t, f.Join(t.Context(), PlanPhase{Name: "two"}, t.TempDir(), func() {}))
	ids, err = f.IDs(t.Context(), "one", "two")
	require.NoError(t, err)
	require.Equal(t, "new7", get("issue", "7"), "a list that is made again replaces the one before")
}

func TestJoinSortsMoreThanFitsIntoMemory(t *testing.T) {
	f := testFolder(t)
	j := joiner[Ref]{scratch: t.TempDir(), limit: 7, key: refKey}
	defer j.close()
	want := map[recordKey]string{}
	for i := range 1000 {
		r := Ref{Kind: "k", From: fmt.Sprint(rand.IntN(300)), ID: fmt.Sprint(i)}
		want[refKey(r)] = r.ID // the last one counts
		require.NoError(t, j.add(r))
	}
	require.Greater(t, len(j.runs), 100)
	require.NoError(t, j.finish(t.Context(), f, idsName("p")))
	ids, err := f.IDs(t.Context(), "p")
	require.NoError(t, err)
	require.Equal(t, len(want), ids.phases[0].index.Entries)
	for key, id := range want {
		r, ok, err := ids.Get(t.Context(), key.kind, key.id)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, id, r.ID)
	}
}

func TestAListIsNeverReadWithAnIndexOfAnotherOne(t *testing.T) {
	f := testFolder(t)
	one := []Ref{{Kind: "issue", From: "1", ID: "a"}}
	p := putRefs(t, f, "one", 10, one)
	require.NoError(t, f.Join(t.Context(), p, "", func() {}))
	require.NoError(t, f.putResult(t.Context(), "one", 1, BatchResult{Refs: []Ref{{Kind: "issue", From: "0", ID: "longer than before"}}}, 0))
	p.Batches = 2
	killed := errors.New("killed")
	cut := f
	cut.s = storetest.NewFaulty(f.s, storetest.Fault{Method: storetest.Put, Name: listIndexName(idsName("one")), Times: -1, Err: killed})
	require.ErrorIs(t, cut.Join(t.Context(), p, "", func() {}), killed, "between the list and its index")
	ids, err := f.IDs(t.Context(), "one")
	require.NoError(t, err)
	_, ok, err := ids.Get(t.Context(), "issue", "1")
	require.NoError(t, err)
	require.False(t, ok, "a list without index is none")
	require.NoError(t, f.Join(t.Context(), p, "", func() {}))
	ids, err = f.IDs(t.Context(), "one")
	require.NoError(t, err)
	r, ok, err := ids.Get(t.Context(), "issue", "1")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "a", r.ID)
}

// TestIDsTakeConstantMemory joins and looks up 300,000 ids.
func TestIDsTakeConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("sorts 300,000 ids")
	}
	f := testFolder(t)
	const n = 300_000
	j := joiner[Ref]{scratch: t.TempDir(), limit: sortedInMemory, key: refKey}
	for i := range n {
		require.NoError(t, j.add(Ref{Kind: "issue", From: fmt.Sprint((i * 7919) % n), ID: fmt.Sprint("new-", i), Key: fmt.Sprint("EE-", i)}))
	}
	require.NoError(t, j.finish(t.Context(), f, idsName("p")))
	j.close()
	j = joiner[Ref]{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	ids, err := f.IDs(t.Context(), "p")
	require.NoError(t, err)
	for range 3000 {
		i := rand.IntN(n)
		r, ok, err := ids.Get(t.Context(), "issue", fmt.Sprint((i*7919)%n))
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, fmt.Sprint("new-", i), r.ID)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Equal(t, n, ids.phases[0].index.Entries)
	if after.HeapAlloc > before.HeapAlloc {
		require.Less(t, after.HeapAlloc-before.HeapAlloc, uint64(8<<20))
	}
	runtime.KeepAlive(ids)
}

func TestWhatTheReportSaysOfARecord(t *testing.T) {
	f := testFolder(t)
	put := func(phase string, rows ...Row) {
		require.NoError(t, f.putResult(t.Context(), phase, 0, BatchResult{Rows: rows}, 0))
		require.NoError(t, f.Join(t.Context(), PlanPhase{Name: phase, Batches: 1}, "", func() {}))
	}
	put("issues", Row{Outcome: Created, Kind: "issue", ID: "1"}, Row{Outcome: Degraded, Kind: "issue", ID: "2", Fields: []string{"fields.summary"}},
		Row{Outcome: Missed, Kind: "issue", ID: "3"}, Row{Outcome: Degraded, Kind: "issue", ID: "4"})
	put("details", Row{Outcome: Degraded, Kind: "issue", ID: "2", Fields: []string{"fields.status"}}, Row{Outcome: Skipped, Kind: "comment", ID: "1"})
	said, err := f.report(t.Context(), []string{"issues", "details"})
	require.NoError(t, err)
	j := Job{Report: said.row}
	for _, test := range []struct {
		kind, id, path string
		want           bool
	}{
		{"issue", "1", "fields.summary", false},
		{"issue", "2", "fields.summary", true},
		{"issue", "2", "fields.status.name", true}, // of another phase
		{"issue", "2", "fields.statusExtra", false},
		{"issue", "2", "fields.labels", false},
		{"issue", "2", "", false}, // it is there
		{"issue", "3", "", true},
		{"issue", "3", "fields.labels", true},
		{"issue", "4", "fields.labels", true},
		{"comment", "1", "", true},
		{"comment", "9", "", false},
	} {
		require.Equal(t, test.want, j.Excused(test.kind, test.id, test.path), "%v", test)
	}
	require.NoError(t, said.err)
}
