package jira

import (
	"context"
	"fmt"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

const (
	bulkRoute = "POST /rest/api/3/issue/bulkfetch"
	bulkSize  = 100 // issues at most
)

// madeIssue is an issue that an earlier attempt created.
type madeIssue struct {
	id, key string
	number  int
	refused []string // fields that the site did not take
}

// look finds what earlier attempts of the batch created: by the numbers from that of its
// first issue on, since search may be late. As long as a window of them holds any
// issue, there may be more after it. What was to be deleted is.
func (s *series) look(ctx context.Context) error {
	s.made = map[string]madeIssue{}
	first, last := s.numbers()
	for from := first; ; from += bulkSize {
		found, err := s.window(ctx, from)
		if err != nil {
			return err
		}
		if !found && from+bulkSize > last {
			return nil
		}
	}
}

// numbers is that of the numbers in which the issues of the batch are to be looked for.
func (s *series) numbers() (first, last int) {
	if len(s.batch.Items) == 0 {
		return 1, 0
	}
	if s.keep {
		return placeOf(s.batch.Items[0]).previous + 1, number(s.batch.Items[len(s.batch.Items)-1].Key)
	}
	if renumbered(s.job.Mapping, s.batch.Container) {
		return 1, 0 // they have no gaps
	}
	// They get whatever numbers come, after all others.
	return 1, placeOf(s.batch.Items[0]).last
}

// window looks at the numbers from one on; found says whether any of them is an issue.
func (s *series) window(ctx context.Context, from int) (found bool, err error) {
	keys := make([]string, bulkSize)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s-%d", s.project.Key, from+i)
	}
	reply, err := s.target.client.Do(ctx, atlassian.Request{Route: bulkRoute, Body: map[string]any{
		"issueIdsOrKeys": keys, "fields": []string{"summary"}, "properties": []string{restore.OriginKey},
	}})
	if err != nil {
		return false, err
	}
	for issue := range atlassian.Elements(atlassian.Member(reply.Body, "issues")) {
		key := textOf(issue, "key")
		m := madeIssue{id: textOf(issue, "id"), key: key, number: number(key)}
		found = true
		s.last = max(s.last, m.number)
		o, ours := s.ownOrigin(atlassian.Member(issue, "properties", restore.OriginKey))
		switch {
		case !ours:
		case o.Kind == kindPlaceholder:
			if err := s.delete(ctx, m.id); err != nil {
				return found, err
			}
		case o.Kind == kindIssue:
			m.refused = o.Refused
			s.made[o.ID] = m
		}
	}
	return found, nil
}
