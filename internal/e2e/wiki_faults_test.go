package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

const (
	onePage      = samplesite.WikiV2 + "/pages/{id}"
	pageDownload = samplesite.WikiV1 + "/content/{id}/child/attachment/{attachmentId}/download"
)

// smallWiki has two spaces with a tree each, and one with nothing but its homepage.
func smallWiki() samplesite.Config {
	return samplesite.Config{Rate: fast, Wiki: content.WikiSpec{
		Seed: 7, Attachments: 24,
		Spaces: []content.SpaceSpec{
			{Key: "ENG", Pages: 230, Blogs: 14, Others: 2},
			{Key: "OPS", Pages: 60, Blogs: 6},
			{Key: "NONE", Pages: 1},
			{Key: "~712020aa", Personal: true, Pages: 8},
		},
		Nodes: []content.NodeSpec{{Space: "ENG", Number: 3, Versions: 60, Footer: 30, Inline: 5, Replies: 3, Depth: 4, Odd: true}},
	}}
}

// content is the Confluence content that the site was made with, before any change.
func (s *stack) wiki(cfg samplesite.Config) content.Wiki {
	s.t.Helper()
	w, err := content.GenerateWiki(cfg.Wiki, s.site.Truth().People())
	require.NoError(s.t, err)
	return w
}

// wikiCase is a row of the table of statuses: what happens, and what becomes of the run.
type wikiCase struct {
	name    string
	options backup.Options
	before  func(*stack, content.Wiki)
	// halfway happens when route is asked for the from-th time.
	route   string
	from    int
	halfway func(*stack, content.Wiki)
	want    backup.Status
	check   func(*stack, content.Wiki, backup.Backup)
}

// TestWikiStatuses walks the table of statuses, with a worker that lives and, the
// first row always and all where the long proofs are asked for, with one that is
// killed at that moment and started again.
func TestWikiStatuses(t *testing.T) {
	t.Parallel()
	for n, c := range wikiCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Run("with one worker", func(t *testing.T) { c.run(t, false) })
			t.Run("resumed after its worker was killed", func(t *testing.T) {
				if n > 0 {
					long(t)
				}
				c.run(t, true)
			})
		})
	}
}

func (c wikiCase) run(t *testing.T, killed bool) {
	cfg := smallWiki()
	s := setUp(t, cfg).of(backup.Confluence)
	s.options, s.plain = c.options, true
	s.options.Attachments = true
	s.limits.Cadence = 1
	w := s.wiki(cfg)
	if c.before != nil {
		c.before(s, w)
	}
	reached := make(chan struct{})
	moment := s.site.Inject(samplesite.Rule{Route: c.route, From: c.from, Count: 1, Effect: samplesite.Effect{Do: func() {
		if c.halfway != nil {
			c.halfway(s, w)
		}
		close(reached)
	}}})
	var id string
	if killed {
		worker := s.startWorker("scratch-a")
		s.createPolicy()
		id = s.begin().ID
		select {
		case <-reached:
		case <-s.ctx().Done():
			require.Fail(t, "the moment did not come")
		}
		worker.kill()
		s.startWorker("scratch-a")
	} else {
		s.startHost()
		s.createPolicy()
		id = s.begin().ID
	}
	row := s.finish(id)
	require.Equal(t, 1, moment.Fired())
	require.Equal(t, c.want, row.Status, row.Reason)
	if c.want != backup.Failed {
		s.requireVerified(id)
		require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, s.closedAs(id))
	}
	c.check(s, w, row)
}

// wikiFiles are the files of a site that can be asked for, in the order of their ids.
func wikiFiles(w content.Wiki) (files []content.File) {
	for _, n := range w.Nodes() {
		if n.Type != content.PageType && n.Type != content.BlogType {
			continue
		}
		for _, f := range w.Content(n).Files() {
			if f.Status == "current" && n.Status == "current" {
				files = append(files, f)
			}
		}
	}
	return files
}

// branch is a page with pages below it, and one of those.
func branch(t *testing.T, w content.Wiki, space string) (top, below content.Node) {
	t.Helper()
	for _, n := range w.Nodes() {
		if n.Type != content.PageType || n.Status != "current" || n.Parent == 0 || w.Spaces()[n.Space].Key != space {
			continue
		}
		for _, m := range w.Nodes() {
			if m.Parent == n.ID && m.Type == content.PageType && m.Status == "current" {
				return n, m
			}
		}
	}
	require.Fail(t, "no page has pages below it")
	return top, below
}

// requireLostSpace holds what is missing of a space that went away halfway.
func requireLostSpace(s *stack, w content.Wiki, row backup.Backup) {
	s.t.Helper()
	items := s.reportItems(row.ID)
	require.NotEmpty(s.t, items)
	lost := 0
	for _, item := range items {
		require.Equal(s.t, "ENG", item.Container, "%s %s: %s", item.Kind, item.ID, item.Reason)
		require.Equal(s.t, archive.Missing, item.Outcome, "%s %s: %s", item.Kind, item.ID, item.Reason)
		require.NotEmpty(s.t, item.Reason)
		if item.Kind == "page" || item.Kind == "blogpost" {
			lost++
		}
	}
	require.Equal(s.t, row.Counts.Missing, len(items), "every missing item is listed")
	all := 0
	for _, n := range w.Nodes() {
		if n.Type == content.PageType || n.Type == content.BlogType {
			all++
		}
	}
	require.Equal(s.t, all, row.Counts.Items+lost, "captured and missing are all there is")
}

func wikiCases() []wikiCase {
	const half = 120
	return []wikiCase{
		{
			name: "one space forbidden halfway", route: onePage, from: half, want: backup.Incomplete,
			halfway: func(s *stack, _ content.Wiki) { s.site.ForbidSpace("ENG") }, check: requireLostSpace,
		},
		{
			name: "one space deleted halfway", route: onePage, from: half, want: backup.Incomplete,
			halfway: func(s *stack, _ content.Wiki) { s.site.DeleteSpace("ENG") }, check: requireLostSpace,
		},
		{
			name: "an attachment answers 404", route: onePage, from: half, want: backup.Incomplete,
			before: func(s *stack, w content.Wiki) { s.site.LosePageAttachment(wikiFiles(w)[3].ID) },
			check: func(s *stack, w content.Wiki, row backup.Backup) {
				items := s.reportItems(row.ID)
				require.Len(s.t, items, 1)
				require.Equal(s.t, "attachment", items[0].Kind)
				require.Equal(s.t, fmt.Sprintf("att%d", wikiFiles(w)[3].ID), items[0].ID)
				require.Equal(s.t, archive.Missing, items[0].Outcome)
			},
		},
		{
			name: "a new version of an attachment, of the same size", route: pageDownload, from: 1, want: backup.Complete,
			halfway: func(s *stack, w content.Wiki) { s.site.ReplacePageAttachment(lastFile(w).ID) },
			check: func(s *stack, w content.Wiki, row backup.Backup) {
				f := lastFile(w)
				first, listed := s.read(row.ID).rows[versionName(fmt.Sprintf("att%d", f.ID), f.Versions[0].Number)]
				require.True(s.t, listed, "the version that the page listed")
				s.sameFileBytes(row.ID, first, f.Versions[0])
				s.site.ResetCounts()
				row = s.run()
				require.Equal(s.t, backup.Complete, row.Status, row.Reason)
				second, listed := s.read(row.ID).rows[versionName(fmt.Sprintf("att%d", f.ID), f.Versions[0].Number+1)]
				require.True(s.t, listed)
				require.Equal(s.t, first.Size, second.Size)
				require.NotEqual(s.t, first.SHA256, second.SHA256, "its bytes are others, and were fetched")
				require.Equal(s.t, 1, s.site.Counts().Requests["GET "+pageDownload], "the others were copied")
			},
		},
		{
			name: "credentials revoked halfway", route: onePage, from: half, want: backup.Failed,
			halfway: func(s *stack, _ content.Wiki) { s.site.RevokeToken() },
			check: func(s *stack, _ content.Wiki, row backup.Backup) {
				s.requireNoBackup(row, "credentials refused")
				s.site.RestoreToken()
				require.Equal(s.t, backup.Complete, s.run().Status, "R2: after FAILED it may run again at any time")
			},
		},
		{
			name: "a restricted subtree without Admin Key", route: onePage, from: half, want: backup.Incomplete,
			before: func(s *stack, w content.Wiki) {
				top, below := branch(s.t, w, "ENG")
				s.site.RestrictPage(top.ID)
				s.site.ShowBelowRestricted(below.ID)
			},
			check: func(s *stack, w content.Wiki, row backup.Backup) {
				top, _ := branch(s.t, w, "ENG")
				requireRestricted(s, row.ID, top.ID)
			},
		},
		{
			name: "a restricted subtree with Admin Key", route: onePage, from: half, want: backup.Complete,
			options: backup.Options{AdminKey: true},
			before: func(s *stack, w content.Wiki) {
				top, _ := branch(s.t, w, "ENG")
				s.site.RestrictPage(top.ID)
			},
			check: func(s *stack, _ content.Wiki, row backup.Backup) {
				require.Empty(s.t, s.reportItems(row.ID))
				s.requireEqualToWiki(row.ID)
				require.Positive(s.t, s.site.Counts().Requests["DELETE "+samplesite.WikiV2+"/admin-key"], "the key is given back")
			},
		},
		{
			name: "an Admin Key that the account may not have", route: onePage, from: half, want: backup.Incomplete,
			options: backup.Options{AdminKey: true},
			before: func(s *stack, w content.Wiki) {
				s.site.ForbidAdminKey()
				top, below := branch(s.t, w, "ENG")
				s.site.RestrictPage(top.ID)
				s.site.ShowBelowRestricted(below.ID)
			},
			check: func(s *stack, w content.Wiki, row backup.Backup) {
				top, _ := branch(s.t, w, "ENG")
				requireRestricted(s, row.ID, top.ID)
				require.Equal(s.t, archive.NoAccess, s.reportKinds(row.ID)["adminKey"].State)
			},
		},
		{
			name: "a page deleted halfway", route: samplesite.WikiV2 + "/pages", from: 1, want: backup.Complete,
			halfway: func(s *stack, w content.Wiki) {
				_, below := branch(s.t, w, "ENG")
				s.site.DeletePage(below.ID)
			},
			check: func(s *stack, w content.Wiki, row backup.Backup) {
				_, below := branch(s.t, w, "ENG")
				items := s.reportItems(row.ID)
				require.NotEmpty(s.t, items)
				require.Equal(s.t, fmt.Sprint(below.ID), items[0].ID)
				for _, item := range items {
					require.Equal(s.t, archive.Gone, item.Outcome, "%s %s: %s", item.Kind, item.ID, item.Reason)
				}
			},
		},
	}
}

// requireRestricted holds that one page is reported as restricted, and nothing else is missing.
func requireRestricted(s *stack, id string, page int64) {
	s.t.Helper()
	items := s.reportItems(id)
	require.Len(s.t, items, 1)
	require.Equal(s.t, "restrictedPage", items[0].Kind)
	require.Equal(s.t, fmt.Sprint(page), items[0].ID)
	require.Equal(s.t, "ENG", items[0].Container)
	require.NotEmpty(s.t, items[0].Reason)
}

// lastFile is a file that is fetched late.
func lastFile(w content.Wiki) content.File {
	files := wikiFiles(w)
	return files[len(files)-1]
}

// sameFileBytes compares a version of a file with what the archive has.
func (s *stack) sameFileBytes(id string, row archive.IndexRow, v content.FileVersion) {
	s.t.Helper()
	r, err := archive.Open(s.ctx(), s.store, s.policy, id)
	require.NoError(s.t, err)
	have, err := r.OpenAttachment(s.ctx(), row)
	require.NoError(s.t, err)
	defer have.Close()
	require.True(s.t, equalStreams(s.t, have, v.Open()), "bytes of %s", row.ID)
}
