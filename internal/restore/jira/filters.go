package jira

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// filterFor is the filter that the board needs: the one that an earlier attempt created, or a
// new one. why says why there is none.
func (b *boardWriter) filterFor(ctx context.Context) (id, why string, err error) {
	if ref, ok, err := b.job.IDs.Get(ctx, kindFilter, b.filter); ok || err != nil {
		return ref.ID, "", err
	}
	record := archive.Record{Kind: kindFilter, ID: b.filter}
	for r, err := range b.job.Archive.Site(ctx, kindFilter) {
		if err != nil {
			return "", "", err
		}
		if r.ID == b.filter {
			record = r
		}
	}
	everything := "project = " + b.project.Key + " ORDER BY Rank ASC"
	var flaws []flaw
	jql := everything
	if record.Body == nil {
		record.Body = encode(map[string]string{"name": "Filter for " + textOf(b.board.Body, "name")})
		flaws = append(flaws, flawed("the backup does not have it: it finds all issues of the project", "jql"))
	} else {
		jql = jqlFor(b.job.Plan, b.job.Mapping, textOf(record.Body, "jql"))
	}
	if id, err = b.filterThere(ctx, record); err != nil {
		return "", "", err
	}
	name := textOf(record.Body, "name")
	for id == "" {
		reply, err := b.target.write(ctx, "POST /rest/api/3/filter", map[string]any{"name": name, "jql": jql, "description": b.marker(record)})
		r := refused(err)
		switch {
		case r != nil && jql != everything && !slices.Contains(r.fields, "filterName") && !slices.Contains(r.fields, "name"):
			jql = everything
			flaws = append(flaws, flawed("the destination refuses its JQL: it finds all issues of the project", "jql"))
		case r != nil && name == textOf(record.Body, "name"):
			name += " (" + b.project.Key + ", filter " + record.ID + ")"
			flaws = append(flaws, flawed("its number was added to its name, which another filter has", "name"))
		case r != nil:
			b.missed(record, r.reason())
			return "", "its filter could not be created", nil
		case err != nil:
			return "", "", err
		default:
			id = textOf(reply, "id")
		}
	}
	b.put(kindFilter, record.ID, id, "", "")
	b.written(record, flaws...)
	return id, "", nil
}

// filterThere finds the filter that an earlier attempt created; "" where none did.
func (b *boardWriter) filterThere(ctx context.Context, r archive.Record) (string, error) {
	me, err := b.account(ctx)
	if err != nil {
		return "", err
	}
	all, err := b.target.list(ctx, "/rest/api/3/filter/search", "values", 50, url.Values{"accountId": {me}, "expand": {"description"}})
	if err != nil {
		return "", err
	}
	for _, one := range all {
		if strings.HasSuffix(textOf(one, "description"), b.job.Plan.Spec.ID+"/"+r.ID) {
			return textOf(one, "id"), nil
		}
	}
	return "", nil
}

var (
	jqlToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|cf\[\d+\]|[A-Za-z0-9_]+(?:-\d+)?`)
	jqlField = regexp.MustCompile(`^cf\[(\d+)\]$`)
)

// jqlFor makes the JQL of a filter that of the destination: projects that get another key,
// and custom fields that have another number there.
func jqlFor(p *restore.Plan, m *restore.Mapping, jql string) string {
	return jqlToken.ReplaceAllStringFunc(jql, func(token string) string {
		if field := jqlField.FindStringSubmatch(token); field != nil {
			if to, ok := m.To(kindField, "customfield_"+field[1]); ok {
				return "cf[" + strings.TrimPrefix(to, "customfield_") + "]"
			}
			return token
		}
		quote := ""
		if token[0] == '"' || token[0] == '\'' {
			quote = token[:1]
			token = token[1 : len(token)-1]
		}
		key, number, issue := strings.Cut(token, "-")
		if restored(p, key) {
			token = p.Spec.Selection.Key(key)
			if issue {
				token += "-" + number
			}
		}
		return quote + token + quote
	})
}
