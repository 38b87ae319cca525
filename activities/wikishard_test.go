package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store/dir"
)

// newWikiBench is a bench of a shard of Confluence, in which these ids are blog posts.
func newWikiBench(t *testing.T, blogs []string, slices ...Slice) *bench {
	t.Helper()
	b := &bench{t: t, site: newShardSite(), root: t.TempDir(), bucket: t.TempDir()}
	b.site.blogs = map[string]bool{}
	for _, id := range blogs {
		b.site.blogs[id] = true
	}
	s, err := dir.Open(b.bucket)
	require.NoError(t, err)
	b.store = s
	return newBenchOf(t, b, backup.Confluence, slices...)
}

// TestPagesAndBlogPostsShareAShard states that items of two kinds, whose ids are
// one number space, are accounted for alike.
func TestPagesAndBlogPostsShareAShard(t *testing.T) {
	t.Parallel()
	b := newWikiBench(t, []string{"2", "4", "6", "8"}, slice("ENG", true, numbers(1, 9)...), slice("~5a01", true))
	b.site.gone["4"], b.site.gone["5"], b.site.missing["6"], b.site.unaccounted["8"], b.site.unwritten["9"] = true, true, true, true, true
	r := b.all()
	require.Equal(t, []SliceResult{
		{Container: "ENG", Whole: true, Captured: []string{"1", "2", "3", "7"}, Gone: []string{"4", "5"}, Missing: []string{"6", "8", "9"}},
		{Container: "~5a01", Whole: true},
	}, r.Slices)
	require.Equal(t, 4, r.Counts.Items)
	require.Equal(t, 2, r.Counts.Gone)
	require.Equal(t, 3, r.Counts.Missing)
	require.Equal(t, []string{"space pENG", "page 1", "comment c1", "user user-ENG", "blogpost 2", "comment c2", "page 3"}, b.records(r)["ENG"][:7])
	for _, s := range r.Segments {
		require.Regexp(t, `^spaces/(ENG|~5a01)/`, s.Object)
	}
}

// TestVerifyFindsAnItemOfEitherKindThatDoesNotCount states that what is read back
// is held against the ids of pages and of blog posts.
func TestVerifyFindsAnItemOfEitherKindThatDoesNotCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*SliceResult)
		says   string
	}{
		"a blog post that counts and is in no segment": {func(s *SliceResult) { s.Captured = append(s.Captured, "9") }, "9 of ENG counts as captured"},
		"a blog post that is in a segment":             {func(s *SliceResult) { s.Captured = []string{"1"} }, "hold 1 of kind page or blogpost"},
		"a page that is in a segment":                  {func(s *SliceResult) { s.Captured = []string{"2"} }, "hold 1 of kind page or blogpost"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newWikiBench(t, []string{"2"}, slice("ENG", true, "1", "2"))
			b.export()
			b.compress()
			up := b.upload()
			require.NoError(t, b.verify(up.Object))
			r := b.result(up.Object)
			c.change(&r.Slices[0])
			require.NoError(t, remove(t.Context(), b.store, up.Object))
			require.NoError(t, openRunDir(b.store, b.in.Run).write(t.Context(), up.Object, r))
			err := b.verify(up.Object)
			requireFailure(t, failure.Corrupt, err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestVersionsOfAnAttachmentAreKeptApart states that the identity of Confluence's
// attachments is id, version and size.
func TestVersionsOfAnAttachmentAreKeptApart(t *testing.T) {
	t.Parallel()
	b := newWikiBench(t, nil, slice("ENG", true, "1"))
	attach := func(version int, text string) {
		b.site.attachments["1"] = append(b.site.attachments["1"], atlassian.Attachment{
			ID: "att7", Version: version, Name: "plan.txt", MediaType: "text/plain", Size: int64(len(text)), Item: "1", ItemKey: "1",
		})
		b.site.bytes["att7"] = text
	}
	attach(2, "same size")
	first := b.all()
	require.Equal(t, 1, first.Counts.Attachments)
	require.Equal(t, []string{"attachments/att7.v2"}, b.objects("attachments/"))
	b.sealed(first)

	second := "confluence-acme.20261130T021658Z"
	b.site.attachments["1"] = nil
	attach(2, "same size")
	attach(3, "same SIZE")
	b.next(second, b.in.Run.BackupID)
	r := b.all()
	require.Equal(t, 2, r.Counts.Attachments)
	require.Equal(t, 1, r.Counts.AttachmentsReused, "version 2 is copied")
	require.Equal(t, 1, b.site.opened["att7"], "version 3 has its size and is fetched all the same")
	require.Equal(t, []string{"attachments/att7.v2", "attachments/att7.v3"}, b.objects("attachments/"))
	versions := map[int]string{}
	for row, err := range archive.Rows(t.Context(), b.store, b.folder(), *r.Index) {
		require.NoError(t, err)
		versions[row.Version] = row.SHA256
	}
	require.Equal(t, map[int]string{2: sha256Of([]byte("same size")), 3: sha256Of([]byte("same SIZE"))}, versions)
}

func TestMissingBytesNameTheirVersion(t *testing.T) {
	t.Parallel()
	b := newWikiBench(t, nil, slice("ENG", true, "1"))
	b.site.attachments["1"] = []atlassian.Attachment{{ID: "att7", Version: 3, Size: 4, Item: "1"}}
	b.site.openError["att7"] = siteError(atlassian.ClassNotFound)
	r := b.all()
	require.Len(t, r.Problems, 1)
	require.Equal(t, "attachment", r.Problems[0].Kind)
	require.Contains(t, r.Problems[0].Reason, "version 3: it is listed")
	require.Equal(t, 1, r.Counts.Missing)
}
