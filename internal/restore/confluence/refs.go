package confluence

import (
	"context"
	"strings"

	"holdfast/internal/restore"
)

// references are the links of a text, looked up in what was restored.
type references struct {
	links
	err error // of the look-ups
	// files are the identities of files at the media service, of this backup's in the destination.
	files map[string]string
	// standIns says that somebody stands in for a user who was named.
	standIns bool
}

// why says how texts are not as they were.
func (r *references) why() []string {
	var why []string
	if r.strangers {
		why = append(why, strangers)
	}
	if r.standIns {
		why = append(why, standIn)
	}
	return why
}

// apart is a text with its references, and how it is not as it was: this one, whatever others are.
func (r *references) apart(s string) (string, []string) {
	was := *r
	r.strangers, r.standIns = false, false
	s = r.text(s)
	why := r.why()
	r.strangers, r.standIns = r.strangers || was.strangers, r.standIns || was.standIns
	return s, why
}

// links returns what texts of the batch refer to.
func (r *run) links(ctx context.Context) *references {
	refs := &references{files: map[string]string{}}
	plan := r.job.Plan
	refs.from, refs.to = strings.TrimRight(address(plan.Source), "/"), strings.TrimRight(address(plan.Spec.Site), "/")
	refs.content = func(id string) (string, bool) {
		if id == "" || strings.Trim(id, "0123456789") != "" && !strings.HasPrefix(id, "att") {
			return "", false
		}
		ref, ok, err := r.find(ctx, id)
		if err != nil {
			refs.err = err
		}
		return ref.ID, ok
	}
	refs.file = func(id string) (string, bool) {
		to, ok := refs.files[id]
		return to, ok
	}
	refs.user = func(id string) (string, bool) {
		refs.standIns = refs.standIns || r.standIn(id)
		return r.user(id)
	}
	refs.space = func(key string) (string, bool) {
		for _, c := range plan.Containers {
			if c.Key == key && c.Skip == "" {
				return c.As, true
			}
		}
		return "", false
	}
	return refs
}

// address is the address of a site, which plans may have without scheme.
func address(site string) string {
	if strings.Contains(site, "://") {
		return site
	}
	return "https://" + site
}

// find looks what a page, or whatever else has that id in the backup, is in the destination.
func (r *run) find(ctx context.Context, id string) (restore.Ref, bool, error) {
	kinds := []string{pageKind, blogKind, folderKind, whiteboardKind, databaseKind, embedKind, customKind}
	if strings.HasPrefix(id, "att") {
		kinds = []string{attachmentKind}
	}
	for _, kind := range kinds {
		if ref, ok, err := r.job.IDs.Get(ctx, kind, id); ok || err != nil {
			return ref, ok, err
		}
	}
	return restore.Ref{}, false, nil
}

// standIn reports whether somebody stands in for a user.
func (r *run) standIn(accountID string) bool {
	row, ok := r.job.Mapping.Row(userKind, accountID)
	return ok && row.How == restore.ByFallback
}

// user is who a user of the backup is in the destination; whom the mapping does not know
// has the same account everywhere.
func (r *run) user(accountID string) (string, bool) {
	row, ok := r.job.Mapping.Row(userKind, accountID)
	if !ok {
		return accountID, true
	}
	return row.To, row.To != ""
}
