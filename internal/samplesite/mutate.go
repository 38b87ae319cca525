package samplesite

import (
	"fmt"

	"holdfast/internal/samplesite/content"
)

// change makes a change of the content under the lock.
func (s *Site) change(f func(*world)) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.changes++
	f(s.world)
}

// onIssue changes what became of an issue, given by id or key. An issue that
// the site never had is left alone: tests name issues of their own content.
func (s *Site) onIssue(idOrKey string, f func(*fate)) {
	s.change(func(w *world) {
		i, found := w.position(idOrKey)
		if !found {
			return
		}
		id := w.rows[i].ID
		if w.issues[id] == nil {
			w.issues[id] = &fate{}
		}
		f(w.issues[id])
	})
}

// RevokeToken makes every credential of the account wrong.
func (s *Site) RevokeToken() { s.change(func(w *world) { w.revoked = true }) }

// RestoreToken undoes RevokeToken.
func (s *Site) RestoreToken() { s.change(func(w *world) { w.revoked = false }) }

// WithdrawAdmin takes the global permission ADMINISTER from the account, and with it its Admin Key.
func (s *Site) WithdrawAdmin() {
	s.change(func(w *world) { w.lacksAdmin = true })
	s.changeWiki(func(w *wikiWorld) { w.keyUntil = 0 })
}

// GrantAdmin undoes WithdrawAdmin.
func (s *Site) GrantAdmin() { s.change(func(w *world) { w.lacksAdmin = false }) }

// WithholdScopes takes classic OAuth scopes such as "manage:jira-configuration"
// from the scoped token, which has all of them at first.
func (s *Site) WithholdScopes(scopes ...string) {
	s.change(func(w *world) {
		for _, one := range scopes {
			w.noScope[one] = true
		}
	})
}

// RestoreScopes undoes WithholdScopes.
func (s *Site) RestoreScopes() { s.change(func(w *world) { clear(w.noScope) }) }

// EmptySite hides every project and every space, as a site does to an account that lost all permissions.
func (s *Site) EmptySite() {
	s.change(func(w *world) { w.empty = true })
	s.changeWiki(func(w *wikiWorld) { w.empty = true })
}

// RefillSite undoes EmptySite.
func (s *Site) RefillSite() {
	s.change(func(w *world) { w.empty = false })
	s.changeWiki(func(w *wikiWorld) { w.empty = false })
}

func (s *Site) onProject(key string, f func(*world, int)) {
	s.change(func(w *world) {
		for i, p := range s.src.Projects() {
			if p.Key == key {
				f(w, i)
			}
		}
	})
}

// ForbidProject hides a project and its issues from the account.
func (s *Site) ForbidProject(key string) {
	s.onProject(key, func(w *world, i int) { w.forbidden[i] = true })
}

// DenyBrowse takes BROWSE_PROJECTS of one project from the account, which still
// sees the project as an administrator does, but none of its issues.
func (s *Site) DenyBrowse(key string) {
	s.onProject(key, func(w *world, i int) { w.noBrowse[i] = true })
}

// AllowProject undoes ForbidProject and DenyBrowse.
func (s *Site) AllowProject(key string) {
	s.onProject(key, func(w *world, i int) { delete(w.forbidden, i); delete(w.noBrowse, i) })
}

// DeleteIssue deletes an issue, given by id or key.
func (s *Site) DeleteIssue(idOrKey string) { s.onIssue(idOrKey, func(f *fate) { f.deleted = true }) }

// HideIssue puts an issue behind a security level that the account does not have.
func (s *Site) HideIssue(idOrKey string) { s.onIssue(idOrKey, func(f *fate) { f.hidden = true }) }

// FailInBulk makes bulkfetch report an issue as a retriable failure so many times.
func (s *Site) FailInBulk(idOrKey string, times int) {
	s.onIssue(idOrKey, func(f *fate) { f.failing = times })
}

// DeleteComment deletes a comment of an issue.
func (s *Site) DeleteComment(idOrKey, comment string) {
	s.onIssue(idOrKey, func(f *fate) {
		if f.comments == nil {
			f.comments = map[string]bool{}
		}
		f.comments[comment] = true
	})
}

// LoseAttachmentBytes makes the bytes of an attachment 404 while its issue still lists it.
func (s *Site) LoseAttachmentBytes(id int64) { s.change(func(w *world) { w.lost[id] = true }) }

// TruncateAttachment leaves only the first n bytes of an attachment, while its size stays announced.
func (s *Site) TruncateAttachment(id, n int64) { s.change(func(w *world) { w.short[id] = n }) }

// DeleteAttachment deletes an attachment: its issue lists it no more.
func (s *Site) DeleteAttachment(id int64) { s.change(func(w *world) { w.removed[id] = true }) }

// AddIssue creates an issue now and returns its id and key. The next lag
// searches that would find it do not, as the index of live sites lags behind
// (negative: none does until IndexIssues); every other route knows it at once.
func (s *Site) AddIssue(project string, lag int) (id int64, key string, err error) {
	index := -1
	for i, p := range s.src.Projects() {
		if p.Key == project {
			index = i
		}
	}
	if index < 0 {
		return 0, "", fmt.Errorf("adding an issue to the sample site: it has no project %q; name one of its own", project)
	}
	s.change(func(w *world) {
		number := w.nextNumber(index)
		now := s.cfg.Now().UnixMilli()
		row := content.Row{ID: s.layer.NextIssue(), Key: fmt.Sprintf("%s-%d", project, number), Project: index, Number: number, Created: now, Updated: now}
		w.byKey[row.Key] = len(w.rows)
		w.rows = append(w.rows, row)
		if lag != 0 {
			w.lag[row.ID] = lag
		}
		id, key = row.ID, row.Key
	})
	return id, key, nil
}

// IndexIssues makes search find every issue from now on.
func (s *Site) IndexIssues() { s.change(func(w *world) { clear(w.lag) }) }

// WarnInSearch makes every search reply carry a warning, such as that the
// result was truncated; "" ends it.
func (s *Site) WarnInSearch(message string) { s.change(func(w *world) { w.warning = message }) }
