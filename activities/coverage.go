package activities

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
)

// lost adds up what is gone or missing of one kind.
type lost struct {
	missing, gone  int
	denied, absent int // of missing: what the account may not read, what the site does not have
	note           string
	off            bool // the site has switched off what the kind belongs to
	part           bool // the account is given a part, and not told so
}

// add adds a problem.
func (l *lost) add(p atlassian.Problem) {
	switch {
	case p.Note:
		l.note, l.off, l.part = p.Reason, p.Absent, p.Denied
		return
	case p.Gone:
		l.gone++
		return
	case p.Denied:
		l.denied++
	case p.Absent:
		l.absent++
	}
	l.missing++
}

// attachmentBytes is the report's row for the bytes of attachments, whose
// metadata has a row of its own.
const attachmentBytes = "attachment-bytes"

// personalSpaces is the report's row for personal spaces, which only a run that
// leaves them out has.
const personalSpaces = "personal-spaces"

// offNote is what to know about a kind that the options switch off.
func offNote(kind string) string {
	if kind == customContentKind {
		return "name its types in the policy: the API lists it by type alone"
	}
	return ""
}

// optionNote says what the options mean for a kind: what of it they leave out,
// and whether what they name was of use.
func optionNote(row archive.KindRow, o backup.Options) string {
	switch {
	case row.Kind == contentVersionKind && o.Versions > 1:
		return fmt.Sprintf("the newest %d of each page and blog post, as the policy says", o.Versions)
	case row.Kind == adminKeyKind && o.AdminKey && row.State == archive.Captured:
		return "the account may use it, and restricted pages could be read with it"
	case row.Kind == customContentKind && len(o.CustomContent) > 0:
		note := "of the types that the policy names: " + strings.Join(o.CustomContent, ", ")
		if row.State == archive.Captured && row.Captured+row.Missing+row.Gone == 0 {
			note += "; none was found: check how they are written"
		}
		return note
	}
	return ""
}

// coverage makes the rows of a report (D3) from the table.
func (t kindTable) coverage(m archive.Manifest, losses map[string]lost) []archive.KindRow {
	off := switchedOff(m.Product, m.Options)
	var rows []archive.KindRow
	byKind := make(map[string]archive.KindRow)
	for _, k := range t.rows {
		row := kindRow(k, m.Records[k.Name], losses[k.Name])
		if slices.Contains(off, k.Name) {
			row.State, row.Note = archive.SwitchedOff, offNote(k.Name)
		} else if note := optionNote(row, m.Options); note != "" {
			row.Note = strings.TrimPrefix(row.Note+"; "+note, "; ")
		}
		// What is below records that could not be read was not asked for.
		if above := byKind[k.Parent]; k.State == "" && row.Captured == 0 && row.Missing == 0 && above.Captured == 0 &&
			(above.State == archive.NoAccess || above.State == archive.NotExposed) {
			row.State, row.Note = above.State, fmt.Sprintf("there are no %s to read them from: %s", above.Name, above.Note)
		}
		// What is known of the records above holds for what is below them.
		if above := byKind[k.Parent]; row.State == archive.Captured && row.Note == "" {
			switch {
			case above.State == archive.Partly:
				row.Note = fmt.Sprintf("of the %s that could be read", above.Name)
			case above.State == archive.Captured && above.Note != "":
				row.Note = fmt.Sprintf("%s: %s", above.Name, above.Note)
			}
		}
		byKind[k.Name] = row
		rows = append(rows, row)
		if k.Name == t.container && m.Options.NoPersonalSpaces {
			rows = append(rows, archive.KindRow{
				Kind: personalSpaces, Name: "personal spaces", Scope: string(k.Scope), State: archive.SwitchedOff, Content: k.Content,
			})
		}
		if k.Name != attachmentKind {
			continue
		}
		k.Name, k.Title, k.Note = attachmentBytes, "bytes of attachments", ""
		bytes := kindRow(k, m.Counts.Attachments, losses[attachmentKind])
		if !m.Options.Attachments {
			bytes.State = archive.SwitchedOff
		}
		rows = append(rows, bytes)
	}
	return rows
}

// kindRow is the row of one kind, of which captured records are in the backup.
func kindRow(k atlassian.Kind, captured int, l lost) archive.KindRow {
	row := archive.KindRow{
		Kind: k.Name, Name: k.Title, Scope: string(k.Scope), State: archive.Captured, Content: k.Content,
		Captured: captured, Missing: l.missing, Gone: l.gone, Note: k.Note,
	}
	switch {
	case k.State != "":
		row.State = archive.Coverage(k.State)
	case l.missing > 0 && captured == 0 && l.denied > 0 && l.denied+l.absent == l.missing:
		row.State, row.Note = archive.NoAccess, grant(k)
	case l.missing > 0 && captured == 0 && l.absent == l.missing:
		row.State, row.Note = archive.NotExposed, "this site does not have it"
	case l.missing > 0 && l.denied > 0:
		row.State, row.Note = archive.Partly, grant(k)
	case l.missing > 0:
		row.State = archive.Partly
	case l.off && captured == 0:
		row.State = archive.NotExposed
	case l.part && captured == 0: // there are none, or none for this account
		row.State = archive.NoAccess
	}
	if l.note != "" && l.missing == 0 || row.Note == "" {
		row.Note = l.note
	}
	return row
}

// grant says what the account lacks.
func grant(k atlassian.Kind) string {
	switch {
	case k.Permission == "" && k.TokenScope == "":
		return "the account may not read it"
	case k.Permission == "":
		return fmt.Sprintf("give the token the scope %q", k.TokenScope)
	case k.TokenScope == "":
		return fmt.Sprintf("give the account %q", k.Permission)
	}
	return fmt.Sprintf("give the account %q, and a token with scopes the scope %q", k.Permission, k.TokenScope)
}
