package jira

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const configurationRoute = "GET /rest/api/3/configuration"

// settings says which features the site has switched off. Asking for what
// belongs to one is refused for each issue, which is no loss.
type settings struct{ body json.RawMessage }

// off reports whether the site has switched off what the kind belongs to.
func (s settings) off(k kinds.Row) bool {
	return k.Setting != "" && string(atlassian.Member(s.body, k.Setting)) == "false"
}

// remembered are settings for a while: all shards of a process share them.
type remembered struct {
	mu    sync.Mutex
	at    time.Time
	value settings
}

// settingsLife is how long settings are remembered.
const settingsLife = 5 * time.Minute

// settings asks for the site's settings. Where they are not for the account,
// everything counts as switched on.
func (j *Jira) settings(ctx context.Context) (settings, error) {
	r := &j.remembered
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && time.Since(r.at) < settingsLife {
		return r.value, nil
	}
	reply, err := j.client.Do(ctx, atlassian.Request{Route: configurationRoute})
	switch {
	case err == nil:
		r.value = settings{reply.Body}
	default:
		if _, err := j.reader.Refusal(ctx, kinds.Row{}, err); err != nil {
			return settings{}, err
		}
		r.value = settings{}
	}
	r.at = time.Now()
	return r.value, nil
}

// notes says of each kind that the site has switched off that it has.
func (s settings) notes(rows []kinds.Row) []atlassian.Problem {
	var notes []atlassian.Problem
	for _, k := range rows {
		if s.off(k) {
			n := kinds.NoteOf(k, k.SettingNote)
			n.Absent = true
			notes = append(notes, n)
		}
	}
	return notes
}
