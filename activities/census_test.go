package activities

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/store/storetest"
)

func tinyProjects(n int) []content.ProjectSpec {
	projects := make([]content.ProjectSpec, n)
	for i := range projects {
		projects[i] = content.ProjectSpec{Key: fmt.Sprintf("P%c%c", 'A'+i/26, 'A'+i%26), Issues: 1}
	}
	return projects
}

func TestListContainers(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, tinyProjects(121)...)
	j.run.Options.Exclude = []string{"PAA", "NOPE"}
	j.ResetCounts()
	result := j.listed()
	require.Equal(t, ListContainersResult{Tag: "1", Pages: 3, Containers: 120, Items: 120}, result)
	require.Equal(t, 3, j.Counts().Requests["GET /rest/api/3/project/search"])
	seen := make(map[string]bool)
	d := openRunDir(j.store, j.run)
	for page := range result.Pages {
		var containers ContainerPage
		require.NoError(t, d.read(t.Context(), d.containers(page, "1"), &containers))
		require.LessOrEqual(t, len(containers.Containers), MaxPage)
		for _, c := range containers.Containers {
			require.False(t, seen[c.Key], c.Key)
			seen[c.Key] = true
		}
	}
	require.Len(t, seen, 120)
	require.False(t, seen["PAA"])
}

func TestCensusCutsShards(t *testing.T) {
	t.Parallel()
	projects := append([]content.ProjectSpec{{Key: "BIG", Issues: 2500}, {Key: "EMPTY"}, {Key: "FULL", Issues: 500}}, tinyProjects(47)...)
	j := newJiraSite(t, projects...)
	containers := j.listed()
	require.Equal(t, 1, containers.Pages)
	result, err := j.activities().Census(t.Context(), CensusInput{Run: j.run, Try: 1, Page: 0, Tag: containers.Tag})
	require.NoError(t, err)
	require.Equal(t, 3047, result.Items)
	require.Equal(t, 4, result.Shards)
	require.Zero(t, result.Short)

	first, got := make(map[string]int), make(map[string][]string)
	for _, list := range j.lists(ShardSet{Shards: result.Shards, Tag: result.Tag}) {
		require.LessOrEqual(t, len(list.Slices), MaxSlices)
		items, here := 0, make(map[string]bool)
		for _, s := range list.Slices {
			require.False(t, here[s.Container.Key], "two slices of one container in a shard")
			here[s.Container.Key] = true
			items += len(s.IDs)
			got[s.Container.Key] = append(got[s.Container.Key], s.IDs...)
			if s.First {
				first[s.Container.Key]++
			}
		}
		require.LessOrEqual(t, items, MaxShardItems(backup.Jira))
	}
	for _, p := range projects {
		require.ElementsMatch(t, j.ids(p.Key), got[p.Key], p.Key)
		require.Equal(t, 1, first[p.Key], p.Key)
	}
}

func TestCensusOfAContainerThatCannotBeReadGoesOn(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string]func(*jiraSite){
		"S6: without permission to browse": func(j *jiraSite) { j.DenyBrowse("PAB") },
		"deleted or hidden":                func(j *jiraSite) { j.ForbidProject("PAB") },
	} {
		t.Run(name, func(t *testing.T) {
			j := newJiraSite(t, tinyProjects(3)...)
			containers := j.listed()
			hide(j)
			result, err := j.activities().Census(t.Context(), CensusInput{Run: j.run, Try: 1, Page: 0, Tag: containers.Tag})
			require.NoError(t, err)
			require.Equal(t, 1, result.Short)
			require.Equal(t, 2, result.Items)
			d := openRunDir(j.store, j.run)
			var problems CensusProblems
			require.NoError(t, d.read(t.Context(), d.problems(ShardSet{Tag: result.Tag}), &problems))
			require.Len(t, problems.Unreadable, 1)
			require.Equal(t, "PAB", problems.Unreadable[0].Container)
			for _, list := range j.lists(ShardSet{Shards: result.Shards, Tag: result.Tag}) {
				for _, s := range list.Slices {
					require.NotEqual(t, "PAB", s.Container.Key)
				}
			}
		})
	}
}

func TestS6ATokenThatIsRevokedIsNoEmptySite(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, tinyProjects(3)...)
	containers := j.listed()
	j.RevokeToken()
	_, err := j.activities().Census(t.Context(), CensusInput{Run: j.run, Try: 1, Page: 0, Tag: containers.Tag})
	kind, _ := failure.Of(err)
	require.Equal(t, failure.CredentialsRefused, kind, err)
	_, err = j.activities().ListContainers(t.Context(), ListContainersInput{Run: j.run, Try: 2})
	kind, _ = failure.Of(err)
	require.Equal(t, failure.CredentialsRefused, kind, err)
}

// An attempt that ends in the middle leaves objects; the next try has its own.
func TestCensusAfterAnAttemptThatEndedInTheMiddle(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "BIG", Issues: 2100})
	containers := j.listed()
	faulty := storetest.NewFaulty(j.store, storetest.Fault{Method: storetest.Put, Name: "/shards/", After: 1, Err: errors.New("no connection")})
	deps := j.deps
	deps.Store = faulty
	_, err := New(deps).Census(t.Context(), CensusInput{Run: j.run, Try: 1, Page: 0, Tag: containers.Tag})
	kind, _ := failure.Of(err)
	require.Equal(t, failure.StoreAway, kind, err)
	faulty.AllFired(t)
	_, _, err = j.AddIssue("BIG", 0)
	require.NoError(t, err)
	result, err := j.activities().Census(t.Context(), CensusInput{Run: j.run, Try: 2, Page: 0, Tag: containers.Tag})
	require.NoError(t, err)
	require.Equal(t, 2101, result.Items)
	var all []string
	for _, list := range j.lists(ShardSet{Shards: result.Shards, Tag: result.Tag}) {
		all = append(all, list.Slices[0].IDs...)
	}
	require.ElementsMatch(t, j.ids("BIG"), all)
}

func TestLateSearchFindsWhatWasIndexedAfterTheCensus(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 30}, content.ProjectSpec{Key: "FF", Issues: 3}, content.ProjectSpec{Key: "OUT", Issues: 3})
	j.run.Options.Exclude = []string{"OUT"}
	j.run.StartedAt = time.Now().Add(time.Minute).UTC() // all that is added now was created before the start
	seen, _, err := j.AddIssue("EE", 0)                 // in time: the census has it, and the late search finds it again
	require.NoError(t, err)
	containers := j.listed()
	result, err := j.activities().Census(t.Context(), CensusInput{Run: j.run, Try: 1, Page: 0, Tag: containers.Tag})
	require.NoError(t, err)
	require.Equal(t, 34, result.Items)
	census := ShardSet{Page: 0, Shards: result.Shards, Tag: result.Tag}

	var late []string
	for _, project := range []string{"EE", "FF", "OUT"} {
		id, _, err := j.AddIssue(project, 0)
		require.NoError(t, err)
		if project != "OUT" {
			late = append(late, fmt.Sprint(id))
		}
	}
	in := LateSearchInput{Run: j.run, Try: 1, Shards: []ShardSet{census}, ContainerPages: containers.Pages, ContainerTag: containers.Tag}
	found, err := j.activities().LateSearch(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, 2, found.Items)
	require.Equal(t, 1, found.Shards)
	lists := j.lists(ShardSet{Page: LatePage, Shards: found.Shards, Tag: found.Tag})
	require.Equal(t, "late-000", lists[0].ID)
	var got []string
	for _, s := range lists[0].Slices {
		require.False(t, s.First)
		got = append(got, s.IDs...)
	}
	require.ElementsMatch(t, late, got)
	require.NotContains(t, got, fmt.Sprint(seen))

	t.Run("nothing was late", func(t *testing.T) {
		in := in
		in.Try, in.Shards = 2, append(in.Shards, ShardSet{Page: LatePage, Shards: found.Shards, Tag: found.Tag})
		found, err := j.activities().LateSearch(t.Context(), in)
		require.NoError(t, err)
		require.Zero(t, found.Shards)
	})
}
