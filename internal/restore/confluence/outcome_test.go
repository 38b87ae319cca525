package confluence

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/drill"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// rowsOf are the rows of a kind that a restore noted, but of what is plainly there.
func rowsOf(t *testing.T, b *captured, plan *restore.Plan, kind string) []restore.Row {
	t.Helper()
	return slices.DeleteFunc(restoretest.Rows(t, b.store, plan, ""), func(r restore.Row) bool { return r.Kind != kind })
}

func reasonsOf(rows []restore.Row) string {
	var all []string
	for _, r := range rows {
		all = append(all, string(r.Outcome)+" "+r.ID+": "+r.Reason)
	}
	return strings.Join(all, "\n")
}

// records are those of a kind in a backup.
func (c *captured) records(container, kind string) []archive.Record {
	c.t.Helper()
	a, err := restore.OpenArchive(c.t.Context(), c.store, restoretest.Spec("confluence", testPolicy, testBackup, "x"), c.t.TempDir())
	require.NoError(c.t, err)
	var all []archive.Record
	for rec, err := range a.Container(c.t.Context(), container, kind) {
		require.NoError(c.t, err)
		all = append(all, rec)
	}
	return all
}

// space reads a space of a site whole.
func spaceOf(t *testing.T, site *samplesite.Site, key string) []atlassian.Item {
	t.Helper()
	product := confluence.New(clientOf(t, site), confluence.Options{})
	var all []atlassian.Item
	require.NoError(t, product.Containers(t.Context(), func(page []atlassian.Container) error {
		for _, space := range page {
			if space.Key != key {
				continue
			}
			emit := func(i atlassian.Item) error { all = append(all, i); return nil }
			_, err := product.ExportContainer(t.Context(), space, emit)
			require.NoError(t, err)
			var ids []string
			_, err = product.Census(t.Context(), space, func(some []string) error { ids = append(ids, some...); return nil })
			require.NoError(t, err)
			_, err = product.ExportItems(t.Context(), space, ids, func(string) bool { return true }, emit)
			require.NoError(t, err)
		}
		return nil
	}))
	return all
}

func TestASpaceWhoseKeyExistsIsSkipped(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	to := empty(t, little)
	restoretest.Run(t, b.steps(to, func(s *restore.Spec) { s.Selection.Containers = []string{"ENG"} }))
	before := dump(t, to)

	steps := b.steps(to, func(s *restore.Spec) { s.ID += "2" })
	plan := restoretest.Plan(t, steps)
	skips := map[string]string{}
	for _, c := range plan.Containers {
		skips[c.Key] = c.Skip
	}
	require.Contains(t, skips["ENG"], "--as-key")
	require.Empty(t, skips["OLD"])
	require.Empty(t, skips["~person"], "it has another key")
	restoretest.Apply(t, steps, 0)
	after := dump(t, to)
	for _, line := range before {
		require.Contains(t, after, line, "what was there stays as it was")
	}

	again := restoretest.Plan(t, b.steps(to, func(s *restore.Spec) { s.ID += "3"; s.Selection.As = map[string]string{"ENG": "ENG2"} }))
	for _, c := range again.Containers {
		switch c.Key {
		case "ENG":
			require.Empty(t, c.Skip)
			require.Equal(t, "ENG2", c.As)
		case "~person":
			require.Contains(t, c.Skip, "personal space")
		}
	}
}

func TestLinksFollowASpaceToAnotherKey(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	to := empty(t, little)
	steps := b.steps(to, func(s *restore.Spec) { s.Selection.As["ENG"] = "NEW" })
	restoretest.Run(t, steps)
	require.Empty(t, restoretest.Compare(t, steps).Rows)
	links := 0
	for _, i := range spaceOf(t, to, "NEW") {
		body := text(i.Body, "body", "storage", "value")
		require.NotContains(t, body, `ri:space-key="ENG"`)
		links += strings.Count(body, `ri:space-key="NEW"`)
	}
	require.Positive(t, links)
}

func TestAPageWhoseParentIsNotSelectedGoesToTheTop(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	top := text(b.records("ENG", spaceKind)[0].Body, "homepageId")
	current := map[string]archive.Record{}
	for _, p := range b.records("ENG", pageKind) {
		if text(p.Body, "status") == "current" {
			current[p.ID] = p
		}
	}
	var chosen, below archive.Record
	for _, p := range current {
		if up, ok := current[text(p.Body, "parentId")]; ok && up.ID != top && text(up.Body, "parentId") != top && current[text(up.Body, "parentId")].ID != "" {
			chosen, below = up, p
		}
	}
	require.NotEmpty(t, below.ID)
	for name, children := range map[string]bool{"alone": false, "with what is below it": true} {
		t.Run(name, func(t *testing.T) {
			to := empty(t, little)
			steps := b.steps(to, func(s *restore.Spec) {
				s.ID += name[:4]
				s.Selection.Items, s.Selection.Children = []string{chosen.ID}, children
			})
			plan, counts := restoretest.Run(t, steps)
			require.Len(t, plan.Containers, 1)
			rows := rowsOf(t, b, plan, pageKind)
			require.Contains(t, reasonsOf(rows), "degraded "+chosen.ID+": "+notSelected)
			if children {
				require.Greater(t, counts[pageKind].Created, 0)
				require.NotContains(t, reasonsOf(rows), below.ID, "its parent was selected with it")
			} else {
				require.Equal(t, restore.Counts{Degraded: 1}, counts[pageKind])
			}
			require.Empty(t, restoretest.Compare(t, steps).Rows)
			home := ""
			for _, i := range spaceOf(t, to, "ENG") {
				if i.Kind == spaceKind {
					home = text(i.Body, "homepageId")
				}
				if i.Kind == pageKind && text(i.Body, "title") == text(chosen.Body, "title") {
					require.Equal(t, home, text(i.Body, "parentId"))
				}
			}
		})
	}
	_, err := b.steps(empty(t, little), func(s *restore.Spec) { s.ID += "none"; s.Selection.Items = []string{"1"} }).Plan(t.Context(), "cloud", b.m.StartedAt)
	require.ErrorContains(t, err, "no page or blog post 1")
	require.ErrorIs(t, err, restore.ErrRequest)
}

func TestUsersWhomTheDestinationDoesNotHave(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	strange := func(t *testing.T) *samplesite.Site {
		site, err := samplesite.New(samplesite.Config{Content: content.Spec{Seed: 99}, Wiki: content.WikiSpec{Seed: 5, Groups: 4, Accounts: 3}, Rate: -1})
		require.NoError(t, err)
		require.NoError(t, site.Start(t.Context()))
		t.Cleanup(func() { require.NoError(t, site.Close()) })
		return site
	}
	t.Run("are left out", func(t *testing.T) {
		steps := b.steps(strange(t), nil)
		plan, counts := restoretest.Run(t, steps)
		require.Contains(t, reasonsOf(rowsOf(t, b, plan, pageKind)), noOwner)
		require.Contains(t, reasonsOf(rowsOf(t, b, plan, "spaceWatcher")), noUser)
		require.Contains(t, reasonsOf(rowsOf(t, b, plan, restrictKind)), fewerPeople)
		require.Zero(t, counts[pageKind].Failed)
		require.True(t, slices.ContainsFunc(plan.Mapped, func(m restore.Mapped) bool { return m.Kind == userKind && m.How == restore.ByNothing && m.Effect != "" }))
	})
	t.Run("have somebody who stands in for them", func(t *testing.T) {
		to := strange(t)
		steps := b.steps(to, func(s *restore.Spec) { s.ID += "f"; s.Options.FallbackUser = to.AccountID() })
		plan, _ := restoretest.Run(t, steps)
		rows := reasonsOf(rowsOf(t, b, plan, pageKind))
		require.NotContains(t, rows, noOwner)
		require.Contains(t, rows, standIn)
		for _, m := range plan.Mapped {
			require.NotEqual(t, restore.ByNothing, m.How, "%+v", m)
		}
	})
	t.Run("are those whom the mapping file names", func(t *testing.T) {
		to := strange(t)
		owner := text(b.records("ENG", pageKind)[0].Body, "ownerId")
		steps := b.steps(to, func(s *restore.Spec) { s.ID += "m" })
		restoretest.Map(t, steps, restore.Overrides{userKind: {owner: to.AccountID()}})
		plan := restoretest.Plan(t, steps)
		require.True(t, slices.ContainsFunc(plan.Mapped, func(m restore.Mapped) bool { return m.ID == owner && m.To == to.AccountID() && m.How == restore.ByFile }))
	})
}

// refuser answers 400 in place of the site.
type refuser struct {
	refuse func(r *http.Request, body string) bool
	healed bool
}

func (f *refuser) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body, r.Body = string(data), io.NopCloser(bytes.NewReader(data))
	}
	if f.healed || !f.refuse(r, body) {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: http.StatusBadRequest, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"errors":[]}`)),
	}, nil
}

func TestWhatFailedIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	to := empty(t, little)
	page := b.records("ENG", pageKind)[3]
	title, err := json.Marshal(text(page.Body, "title"))
	require.NoError(t, err)
	comments, files := 0, 0
	no := &refuser{refuse: func(r *http.Request, body string) bool {
		switch {
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/pages"):
			return strings.Contains(body, string(title))
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/footer-comments"):
			comments++
			return comments == 2
		case r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/child/attachment"):
			files++
			return files == 2
		}
		return false
	}}
	steps := b.stepsOver(to, no, full)
	plan, counts := restoretest.Run(t, steps)
	require.Equal(t, 1, counts[pageKind].Failed)
	require.Positive(t, counts[footerKind].Failed+counts[footerReply].Failed)
	require.Equal(t, 1, counts[attachmentKind].Failed)
	require.Contains(t, reasonsOf(rowsOf(t, b, plan, pageKind)), "the site refuses it (HTTP 400)")

	no.healed = true
	counts = restoretest.Apply(t, steps, 1)
	for kind, c := range counts {
		require.Zero(t, c.Failed, "%s: %s", kind, reasonsOf(rowsOf(t, b, plan, kind)))
	}
	compared := restoretest.Compare(t, steps)
	for _, k := range compared.Kinds {
		require.Zero(t, k.Absent+k.Surplus, "%+v", k)
	}
	require.Empty(t, compared.Rows)
}

func TestTextsAsTheyWereWithoutPanels(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	for name, none := range map[string]bool{"with panels": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			to := empty(t, little)
			restoretest.Run(t, b.steps(to, func(s *restore.Spec) { s.ID += name; s.Options.NoPanels = none }))
			for _, i := range spaceOf(t, to, "ENG") {
				switch i.Kind {
				case pageKind, blogKind, footerKind, inlineKind, footerReply, inlineReply:
					require.Equal(t, !none, strings.Contains(text(i.Body, "body", "storage", "value"), "Restored by holdfast from"), "%s %s", i.Kind, i.ID)
				}
			}
		})
	}
}

func TestAFilesBytesThatAreNotInTheBackupAreMissed(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	lost := b.rows[0].ID
	b.m.Indexes, b.rows = nil, slices.DeleteFunc(b.rows, func(r archive.IndexRow) bool { return r.ID == lost })
	b.reseal()
	plan, counts := restoretest.Run(t, b.steps(empty(t, little), nil))
	require.Equal(t, 1, counts[attachmentKind].Failed)
	require.Contains(t, reasonsOf(rowsOf(t, b, plan, attachmentKind)), lost+": "+noBytes)
	none, counts := restoretest.Run(t, b.steps(empty(t, little), func(s *restore.Spec) { s.ID += "n"; s.Options.NoAttachments = true }))
	require.Zero(t, counts[attachmentKind].Total())
	i := slices.IndexFunc(none.Kinds, func(k restore.PlanKind) bool { return k.Kind == attachmentKind })
	require.Equal(t, none.Kinds[i].Archive, none.Kinds[i].Skip)
}

func TestAnotherDestinationThanPlannedForIsNoticed(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	to := empty(t, little)
	steps := b.steps(to, nil)
	restoretest.Plan(t, steps)
	changed, err := steps.Changed(t.Context())
	require.NoError(t, err)
	require.Empty(t, changed)
	restoretest.Run(t, b.steps(to, func(s *restore.Spec) { s.ID += "other"; s.Selection.Containers = []string{"OLD"} }))
	changed, err = steps.Changed(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"spaces"}, changed)

	mine := b.steps(empty(t, little), func(s *restore.Spec) { s.ID += "mine" })
	restoretest.Run(t, mine)
	changed, err = mine.Changed(t.Context())
	require.NoError(t, err)
	require.Empty(t, changed, "what it made itself does not count")
}

func TestATemplateThatTheDestinationHasIsItsOwn(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, wiki, nil))
	to := empty(t, wiki)
	a, err := restore.OpenArchive(t.Context(), b.store, restoretest.Spec("confluence", testPolicy, testBackup, "x"), t.TempDir())
	require.NoError(t, err)
	var names []string
	for rec, err := range a.Site(t.Context(), siteTemplateKind) {
		require.NoError(t, err)
		names = append(names, text(rec.Body, "name"))
	}
	require.NotEmpty(t, names)
	target := New(clientOf(t, to), nil)
	before, err := target.templates(t.Context(), "")
	require.NoError(t, err)
	if before[names[0]] == 0 {
		_, err = target.write(t.Context(), "POST "+v1+"/template", nil, object{
			"name": names[0], "templateType": "page", "body": object{"storage": object{"value": "<p>its own</p>", "representation": "storage"}},
		})
		require.NoError(t, err)
		before[names[0]]++
	}
	plan, counts := restoretest.Run(t, b.steps(to, nil))
	i := slices.IndexFunc(plan.Kinds, func(k restore.PlanKind) bool { return k.Kind == siteTemplateKind })
	require.NotZero(t, plan.Kinds[i].Skip)
	require.Equal(t, plan.Kinds[i].Skip, counts[siteTemplateKind].Skipped)
	require.Equal(t, plan.Kinds[i].Create, counts[siteTemplateKind].Created)
	require.Contains(t, reasonsOf(rowsOf(t, b, plan, siteTemplateKind)), hasTemplate)
	after, err := target.templates(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, before[names[0]], after[names[0]])
}

func TestThrottledAndUnavailableSitesAreWaitedFor(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	to := empty(t, little)
	steps := b.steps(to, nil)
	restoretest.Plan(t, steps)
	for _, effect := range []samplesite.Effect{
		{Status: http.StatusServiceUnavailable, Body: "away"},
		samplesite.Quota("confluence-quota-tenant-based", "2999-01-01T00:00:00Z"),
	} {
		fault := to.Inject(samplesite.Rule{Method: "PUT", Route: "/wiki/api/v2/pages/{id}", From: 2, Count: 1, Effect: effect})
		_, err := restoretest.TryApply(t, steps, 0)
		require.Error(t, err, "the workflow waits")
		require.Contains(t, []atlassian.Class{atlassian.ClassAway, atlassian.ClassQuota}, atlassian.ClassOf(err))
		require.Equal(t, 1, fault.Fired())
		fault.Heal()
	}
}

func TestLimitsNameTheirReasons(t *testing.T) {
	t.Parallel()
	limits := New(nil, confluence.New(nil, confluence.Options{})).Limits()
	require.Greater(t, len(limits), 40)
	seen := map[string]bool{}
	for _, l := range limits {
		require.NotEmpty(t, l.Reason, "%+v", l)
		require.False(t, seen[l.Kind+"."+l.Field], "%+v", l)
		seen[l.Kind+"."+l.Field] = true
	}
	for _, want := range []string{"page.authorId", "page.createdAt", "like.", "whiteboardBody.", "spaceState."} {
		require.True(t, seen[want], want)
	}
	require.False(t, seen["page.ownerId"], "the API writes owners")
}

func TestConfigurationUnderOtherIdsIsFoundByItsName(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	a, err := restore.OpenArchive(t.Context(), b.store, restoretest.Spec("confluence", testPolicy, testBackup, "x"), t.TempDir())
	require.NoError(t, err)
	config := drill.Config(t.Context(), a)
	config.Rate = -1
	to, err := samplesite.New(config)
	require.NoError(t, err)
	require.NoError(t, to.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, to.Close()) })

	steps := b.steps(to, full)
	plan, counts := restoretest.Run(t, steps)
	named := map[string]int{}
	for _, m := range plan.Mapped {
		if m.How == restore.ByName {
			named[m.Kind]++
		}
	}
	for _, kind := range []string{groupKind, roleMapping, levelKind} {
		require.Positive(t, named[kind], "%s: %+v", kind, plan.Mapped)
	}
	for kind, c := range counts {
		require.Zero(t, c.Failed, "%s: %s", kind, reasonsOf(rowsOf(t, b, plan, kind)))
	}
	require.Empty(t, restoretest.Compare(t, steps).Rows)
}
