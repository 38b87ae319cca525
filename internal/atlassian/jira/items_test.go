package jira

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const whoA = `{"accountId":"a","displayName":"A","self":"1.0E+2"}`

func TestAnIssueIsFollowedByWhatBelongsToIt(t *testing.T) {
	s := newSite(t)
	s.add(10001, "", "")
	s.add(10002, `,"comment":{"comments":[{"id":"1","author":`+whoA+`}],"total":1},"worklog":{"worklogs":[{"id":"2"}],"total":1},
		"watches":{"watchCount":1},"votes":{"votes":2},
		"attachment":[{"id":"70","filename":"../../x","mimeType":"image/png","size":12,"created":"2022-07-16T06:31:38.602+0800","author":`+whoA+`},
		{"id":"71","filename":"../../x","size":1e400}]`,
		`,"changelog":{"histories":[{"id":"5"},{"id":"4"}],"total":2}`)
	s.lists["10002/remotelink"] = []string{`{"id":10042,"object":{}}`}
	s.replies["10002/properties"] = `"k 1":{"a":1e400},"k2":null`
	s.replies["10002/watchers"] = `{"watchCount":1,"watchers":[{"accountId":"w","accountType":"atlassian"}]}`
	s.replies["10002/votes"] = `{"votes":2,"voters":[{"accountId":"v","displayName":"V"},` + whoA + `]}`
	j := s.jira()
	got := exportIssues(t, j, "10002", "10001")
	require.NoError(t, got.err)
	require.Empty(t, got.Problems)
	require.Equal(t, []string{
		"issue 10002", "comment 1", "worklog 2", "changelog 5", "changelog 4", "remotelink 10042", "property k 1", "property k2",
		"watchers 10002", "votes 10002", "attachment 70", "attachment 71", "user a", "user w", "user v", "issue 10001",
	}, got.order(), "in the order that was asked for, not the ascending one of the reply")
	require.Equal(t, []string{"10002", "10001"}, got.Captured)
	for _, item := range got.items {
		require.False(t, item.FetchedAt.IsZero(), item.Kind)
		switch item.Kind {
		case "issue":
			require.Equal(t, "10000", item.Parent)
			require.Equal(t, s.issues[item.ID], string(item.Body))
			require.Equal(t, "EE-"+item.ID[4:], item.Key)
		case "user":
			require.Empty(t, item.Parent)
		default:
			require.Equal(t, "10002", item.Parent, item.Kind)
		}
	}
	require.Equal(t, `{"a":1e400}`, string(got.items[6].Body))
	require.Equal(t, whoA, string(got.items[12].Body))
	require.Equal(t, &atlassian.Attachment{
		ID: "70", Name: "../../x", MediaType: "image/png", Size: 12, Item: "10002", ItemKey: "EE-2", Author: "a", Created: "2022-07-16T06:31:38.602+0800",
	}, got.items[10].Attachment)
	require.EqualValues(t, -1, got.items[11].Attachment.Size)
	for pattern, n := range map[string]int{atBulk: 1, atHistories: 0, atHistory: 0, atComments: 0, atWorklogs: 0, atLinks: 2, atIssue: 2, atWatchers: 1, atVotes: 1, atMyself: 0} {
		require.Equal(t, n, s.counted(pattern), pattern)
	}
}

func TestEmbeddedListsThatAreCutAreReadInPages(t *testing.T) {
	s := newSite(t)
	s.add(10001, `,"comment":{"comments":[`+strings.Join(many(2000, 100, ""), ",")+`],"total":250},
		"worklog":{"worklogs":[`+strings.Join(many(3000, 20, ""), ",")+`],"total":120}`,
		`,"changelog":{"histories":[`+strings.Join(many(4000, 40, ""), ",")+`],"total":300}`)
	s.add(10002, "", `,"changelog":{"histories":[`+strings.Join(many(8000, 40, ""), ",")+`],"total":1701}`)
	s.lists["10001/comment"] = many(2000, 250, "")
	s.lists["10001/worklog"] = many(3000, 120, "")
	s.lists["10001/changelog"] = many(4000, 300, "")
	s.lists["10002/changelog"] = many(8000, 1701, "")
	got := exportIssues(t, s.jira(), "10001", "10002")
	require.NoError(t, got.err)
	require.Empty(t, got.Problems)
	for kind, n := range map[string]int{"comment": 250, "worklog": 120, "changelog": 2001} {
		require.Len(t, got.of(kind), n)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(got.of(kind)))), n)
	}
	require.Equal(t, s.issues["10001"], string(got.items[0].Body), "the issue's body is as it was sent, its cut lists included")
	for pattern, n := range map[string]int{atComments: 3, atWorklogs: 1, atHistories: 3, atHistory: 0} {
		require.Equal(t, n, s.counted(pattern), pattern)
	}
}

func TestEmbeddedListsAreWholeOnlyByTheirTotal(t *testing.T) {
	tests := []struct{ name, comment string }{
		{"no field", ""},
		{"null", `,"comment":null`},
		{"no total", `,"comment":{"comments":[{"id":"1"}]}`},
		{"an id twice", `,"comment":{"comments":[{"id":"1"},{"id":"1"}],"total":2}`},
		{"a list that is none", `,"comment":{"comments":7,"total":0}`},
		{"more than the total", `,"comment":{"comments":[{"id":"1"},{"id":"2"}],"total":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			s.add(10001, "", "")
			s.issues["10001"] = `{"id":"10001","key":"EE-1","fields":{"worklog":{"worklogs":[],"total":0}` + tt.comment + `},"changelog":{"histories":[],"total":0}}`
			s.lists["10001/comment"] = many(1, 3, "")
			got := exportIssues(t, s.jira(), "10001")
			require.NoError(t, got.err)
			require.Len(t, got.of("comment"), 3)
			require.Empty(t, got.Problems)
			require.Equal(t, "10000", got.items[0].Parent, "an issue without its project belongs to the one that was asked for")
		})
	}
}

func TestWorklogsOfASiteWithoutTimeTracking(t *testing.T) {
	s := newSite(t)
	s.add(10001, "", "")
	s.issues["10001"] = `{"id":"10001","key":"EE-1","fields":{"comment":{"comments":[],"total":0}},"changelog":{"histories":[],"total":0}}`
	s.on(atWorklogs, status(404))
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10001"}, got.Captured)
	require.Empty(t, got.Problems)
	require.Zero(t, s.counted(atVotes), "voting is switched off: there is no number")
}

func TestHistoryThatBulkfetchDoesNotBringIsReadAlone(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"silently left out": func(w http.ResponseWriter, r *http.Request) { reply(w, 200, `{"issueChangeLogs":[]}`) },
		"refused":           status(400),
		"cut": func(w http.ResponseWriter, r *http.Request) {
			reply(w, 200, `{"issueChangeLogs":[{"issueId":"10001","changeHistories":[{"id":"1"},{"id":"1"}]}]}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.add(10001, "", `,"changelog":{"histories":[{"id":"1"}],"total":130}`)
			s.lists["10001/changelog"] = many(1, 130, "")
			s.on(atHistories, answer)
			got := exportIssues(t, s.jira(), "10001")
			require.NoError(t, got.err)
			require.Len(t, got.of("changelog"), 130)
			require.Empty(t, got.Problems)
		})
	}
}

func TestHistoriesAreFetchedInBatchesThatFitIntoMemory(t *testing.T) {
	s := newSite(t)
	var ids []string
	for i := range 5 {
		id := 10001 + i
		s.add(id, "", `,"changelog":{"histories":[],"total":4000}`)
		ids = append(ids, fmt.Sprint(id))
		s.lists[ids[i]+"/changelog"] = many(id*10000, 4000, "")
	}
	var most atomic.Int32
	s.on(atHistories, func(w http.ResponseWriter, r *http.Request) {
		body := &strings.Builder{}
		r.Body = io.NopCloser(io.TeeReader(r.Body, body))
		s.histories(w, r)
		most.Store(max(most.Load(), int32(len(regexp.MustCompile(`"1000[1-5]"`).FindAllString(body.String(), -1)))))
	})
	got := exportIssues(t, s.jira(), ids...)
	require.NoError(t, got.err)
	require.Len(t, got.of("changelog"), 20000)
	require.EqualValues(t, 2, most.Load(), "issues per request")
	require.Equal(t, 20, s.counted(atHistories), "entries in pages of 1000")
}

func TestACommentDeletedBetweenTwoPages(t *testing.T) {
	s := newSite(t)
	s.add(10001, `,"comment":{"comments":[],"total":250}`, "")
	s.lists["10001/comment"] = many(1, 250, "")
	page := s.paged("comments", 100)
	s.on(atComments, func(w http.ResponseWriter, r *http.Request) {
		if s.counted(atComments) == 2 {
			s.mu.Lock()
			s.lists["10001/comment"] = slices.Delete(s.lists["10001/comment"], 2, 3)
			s.mu.Unlock()
		}
		page(w, r)
	})
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Len(t, got.of("comment"), 249)
	require.NotContains(t, got.of("comment"), "10001/3")
	require.Contains(t, got.of("comment"), "10001/101", "the comment that moved into the page that had been read")
	require.Empty(t, got.Problems)
}

func TestASubCollectionThatIsNotWholeIsAProblemOfItsKind(t *testing.T) {
	s := newSite(t)
	s.add(10001, `,"comment":{"comments":[],"total":9}`, "")
	s.on(atComments, s.fixed(`{"comments":[{"id":"1"},{"id":"2"}],"startAt":0,"total":9}`))
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10001"}, got.Captured)
	require.Equal(t, []atlassian.Problem{{Kind: "comment", ID: "10001", Key: "EE-1", Container: "EE", Reason: kinds.NotWhole}}, got.Problems)
	require.Len(t, got.of("comment"), 2, "what there is is kept")
}

func TestARefusedSubCollectionIsAProblemOfItsKind(t *testing.T) {
	for code, reason := range map[int]string{403: "no permission", 413: "the site refuses (HTTP 413)"} {
		s := newSite(t)
		s.add(10001, "", "")
		s.on(atLinks, status(code))
		got := exportIssues(t, s.jira(), "10001")
		require.NoError(t, got.err)
		require.Equal(t, []string{"10001"}, got.Captured)
		require.Equal(t, []atlassian.Problem{{Kind: "remotelink", ID: "10001", Key: "EE-1", Container: "EE", Reason: reason}}, got.Problems)
	}
}

func TestVotersThatTheAccountMayNotSee(t *testing.T) {
	s := newSite(t)
	s.add(10001, `,"votes":{"votes":3}`, "")
	s.replies["10001/votes"] = `{"votes":3,"voters":[]}`
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Len(t, got.Problems, 1)
	require.Equal(t, "votes", got.Problems[0].Kind)
	require.Contains(t, got.Problems[0].Reason, "View voters and watchers")
}

func TestAnIssueThatIsSilentlyAbsentTwiceIsGone(t *testing.T) {
	s := newSite(t)
	for i := range 3 {
		s.add(10001+i, "", "")
	}
	s.remove("10002")
	got := exportIssues(t, s.jira(), "10001", "10002", "10003")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10001", "10003"}, got.Captured)
	require.Equal(t, []atlassian.Problem{{Kind: "issue", ID: "10002", Container: "EE", Gone: true, Reason: "deleted or hidden since the census"}}, got.Problems)
	for pattern, n := range map[string]int{atBulk: 2, atMyself: 1, atProject: 1, atCheck: 1, atLinks: 2} {
		require.Equal(t, n, s.counted(pattern), pattern)
	}
}

func TestAnIssueThatIsAbsentOnceIsReadAtTheEnd(t *testing.T) {
	s := newSite(t)
	s.add(10001, "", "")
	s.add(10002, "", "")
	s.on(atBulk, func(w http.ResponseWriter, r *http.Request) {
		if s.counted(atBulk) == 1 {
			reply(w, 200, `{"issues":[`+s.issues["10002"]+`]}`)
			return
		}
		s.bulk(w, r)
	})
	got := exportIssues(t, s.jira(), "10001", "10002")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10002", "10001"}, got.Captured)
	require.Empty(t, got.Problems)
}

func TestAnIssueDeletedWhileItIsReadIsGoneAndLeavesNothing(t *testing.T) {
	for _, pattern := range []string{atLinks, atIssue, atComments, atWatchers} {
		t.Run(pattern, func(t *testing.T) {
			s := newSite(t)
			s.add(10001, `,"comment":{"comments":[],"total":3},"watches":{"watchCount":1}`, "")
			s.add(10002, "", "")
			s.on(pattern, func(w http.ResponseWriter, r *http.Request) {
				if r.PathValue("id") == "10001" {
					s.remove("10001")
				}
				reply(w, 404, `{}`)
			})
			s.lists["10001/comment"] = many(1, 3, "")
			got := exportIssues(t, s.jira(), "10001")
			require.NoError(t, got.err)
			require.Empty(t, got.items)
			require.Len(t, got.Problems, 1)
			require.True(t, got.Problems[0].Gone)
		})
	}
}

func TestASubCollectionThatIsAbsentWhileItsIssueIsThereIsMissing(t *testing.T) {
	s := newSite(t)
	s.add(10001, "", "")
	s.on(atLinks, status(404))
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10001"}, got.Captured)
	require.Len(t, got.Problems, 1)
	require.Equal(t, "remotelink", got.Problems[0].Kind)
	require.False(t, got.Problems[0].Gone)
}

func TestWithoutPermissionOnTheProjectNothingIsGone(t *testing.T) {
	for name, forbid := range map[string]func(s *site){
		"the project is hidden":                        func(s *site) { s.on(atProject, status(404)) },
		"the project is forbidden":                     func(s *site) { s.on(atProject, status(403)) },
		"an administrator still sees the project only": func(s *site) { s.forbid = true },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.add(10001, "", "")
			s.remove("10001")
			forbid(s)
			got := exportIssues(t, s.jira(), "10001", "10002")
			require.NoError(t, got.err)
			require.Empty(t, got.Captured)
			require.Len(t, got.Problems, 2)
			for _, p := range got.Problems {
				require.False(t, p.Gone)
				require.Contains(t, p.Reason, "no permission on project EE any more")
			}
		})
	}
}

func TestARefusedAccountEndsTheCall(t *testing.T) {
	s := newSite(t)
	s.on(atMyself, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(401)
	})
	got := exportIssues(t, s.jira(), "10001")
	require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(got.err), "a token revoked in the middle makes issues absent: /myself tells")
	require.Empty(t, got.Problems)
}

func TestIssueErrorsAreRetried(t *testing.T) {
	for _, times := range []int{1, 3, 1000} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			s := newSite(t)
			s.add(10001, "", "")
			s.add(10002, "", "")
			s.on(atBulk, func(w http.ResponseWriter, r *http.Request) {
				if s.counted(atBulk) > times {
					s.bulk(w, r)
					return
				}
				found := ""
				if slices.Contains(asked(r), "10001") {
					found = s.issues["10001"]
				}
				reply(w, 200, `{"issueErrors":[{"id":"10002","errorMessage":"x"}],"issues":[`+found+`]}`)
			})
			got := exportIssues(t, s.jira(), "10001", "10002")
			require.NoError(t, got.err)
			if times < 1000 {
				require.Equal(t, []string{"10001", "10002"}, got.Captured)
				require.Empty(t, got.Problems)
				require.Equal(t, times+1, s.counted(atBulk))
				return
			}
			require.Equal(t, []string{"10001"}, got.Captured)
			require.Len(t, got.Problems, 1)
			require.False(t, got.Problems[0].Gone, "not gone: the site knows it")
			require.Equal(t, 4, s.counted(atBulk))
		})
	}
}

func TestAReplyThatIsTooLargeIsAskedForInHalves(t *testing.T) {
	s := newSite(t)
	var ids []string
	for i := range 10 {
		s.add(10001+i, `,"text":"`+strings.Repeat("x", 1000)+`"`, "")
		ids = append(ids, fmt.Sprint(10001+i))
	}
	s.add(10011, `,"text":"`+strings.Repeat("x", 9000)+`"`, "")
	got := exportIssues(t, s.jira(func(c *atlassian.Config) { c.MaxReply = 4000 }), append(ids, "10011")...)
	require.NoError(t, got.err)
	require.Equal(t, ids, got.Captured)
	require.Len(t, got.Problems, 1)
	require.Equal(t, "10011", got.Problems[0].ID)
}

func TestErrorsOfEmitAndOfTheSiteEndTheCall(t *testing.T) {
	s := newSite(t)
	for i := range 30 {
		s.add(10001+i, "", "")
	}
	j := s.jira()
	boom := errors.New("boom")
	n := 0
	_, err := j.ExportItems(t.Context(), project, numbers(10001, 30), func(string) bool { return true }, func(atlassian.Item) error {
		if n++; n == 5 {
			return boom
		}
		return nil
	})
	require.Equal(t, boom, err, "as it is")
	require.Equal(t, 5, n)
	require.LessOrEqual(t, s.counted(atLinks), 5+ahead, "not much more is read than is emitted")

	s.on(atLinks, status(500))
	got := exportIssues(t, j, "10001")
	require.Equal(t, atlassian.ClassAway, atlassian.ClassOf(got.err))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = j.ExportItems(ctx, project, []string{"10001"}, func(string) bool { return true }, func(atlassian.Item) error { return nil })
	require.ErrorIs(t, err, context.Canceled)

	_, err = j.ExportItems(t.Context(), project, numbers(1, 101), nil, nil)
	require.Equal(t, atlassian.ClassProtocol, atlassian.ClassOf(err))
	none, err := j.ExportItems(t.Context(), project, nil, nil, nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestUsersAreEmittedOnceAcrossCalls(t *testing.T) {
	s := newSite(t)
	s.add(10001, `,"reporter":`+whoA, "")
	s.add(10002, `,"reporter":`+whoA, "")
	j := s.jira()
	known := map[string]bool{}
	users := 0
	for _, id := range []string{"10001", "10002"} {
		_, err := j.ExportItems(t.Context(), project, []string{id}, func(id string) bool {
			was := known[id]
			known[id] = true
			return was
		}, func(item atlassian.Item) error {
			if item.Kind == "user" {
				users++
			}
			return nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, 1, users)
}

func TestAMovedIssueIsFoundByItsIdUnderItsNewKey(t *testing.T) {
	s := newSite(t)
	s.add(10001, "", "")
	s.issues["10001"] = strings.NewReplacer(`"key":"EE-1"`, `"key":"K5-9"`, `"project":{"id":"10000"}`, `"project":{"id":"10500"}`).Replace(s.issues["10001"])
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10001"}, got.Captured)
	require.Equal(t, "K5-9", got.items[0].Key)
	require.Equal(t, "10500", got.items[0].Parent)
}
