package confluence

import (
	"context"
	"slices"

	"holdfast/internal/archive"
)

// texts are the versions of a comment that are to be written, the oldest first, and what
// is known of the first one, or nil.
func (c *commenting) texts(rec archive.Record) ([]edition, raw, error) {
	var older []archive.Record
	var first raw
	current := number(rec.Body, "version", "number")
	if current > 1 && c.it.Parts.Len(remarkVersion) > 0 {
		for v, err := range c.it.Parts.All(remarkVersion) {
			if err != nil {
				return nil, nil, err
			}
			if v.Parent != rec.ID {
				continue
			}
			n := number(v.Body, "number")
			if n == 1 {
				first = v.Body
			}
			if newest := c.job.Plan.Spec.Options.Versions; n < current && n > current-newest {
				older = append(older, v)
			}
		}
	}
	slices.SortFunc(older, func(a, b archive.Record) int { return number(a.Body, "number") - number(b.Body, "number") })
	var all []edition
	for _, v := range older {
		said, why := c.it.refs.apart(text(v.Body, "comment", "body", "storage", "value"))
		all = append(all, edition{text: said, message: c.message(v.Body), id: v.ID, why: why})
	}
	value, why := c.it.refs.apart(text(rec.Body, "body", "storage", "value"))
	if !c.job.Plan.Spec.Options.NoPanels {
		value = panel(c.origin(rec, first).Sentence()) + value
	}
	all = append(all, edition{text: value, message: c.message(rec.Body), why: why})
	said := text(rec.Body, "version", "message")
	if len(older) > 0 {
		said = text(older[0].Body, "message")
	}
	if said != "" {
		// The API takes a message with a change alone: the first text is changed to what it is.
		all = append([]edition{{text: all[0].text}}, all...)
	}
	return all, first, c.it.refs.err
}

// finish brings a comment that is there to its newest text, and to the state that it was in.
func (c *commenting) finish(ctx context.Context, rec archive.Record, m *remark, texts []edition, why *[]string) error {
	for m.version < len(texts) {
		if err := c.change(ctx, m, texts[m.version], nil); err != nil {
			return err
		}
	}
	if rec.Kind != inlineKind || m.kind != inlineKind {
		return nil
	}
	var steps []bool
	switch want := text(rec.Body, "resolutionStatus"); {
	case want == m.resolution:
	case want == "resolved":
		steps = []bool{true}
	case want == "reopened" && m.resolution == "resolved":
		steps = []bool{false}
	case want == "reopened":
		steps = []bool{true, false}
	}
	for _, resolved := range steps {
		if err := c.change(ctx, m, texts[len(texts)-1], &resolved); isRefusal(err) {
			*why = append(*why, notResolved)
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// change writes the next version of a comment.
func (c *commenting) change(ctx context.Context, m *remark, e edition, resolved *bool) error {
	body := object{
		"version": object{"number": m.version + 1, "message": e.message},
		"body":    object{"representation": "storage", "value": e.text},
	}
	if resolved != nil {
		body["resolved"] = *resolved
	}
	made, err := c.write(ctx, "PUT "+v2+"/"+commentWord[m.kind]+"-comments/{comment-id}", nil, body, m.id)
	if err != nil {
		return err
	}
	m.version++
	if n := number(made, "version", "number"); n > 0 {
		m.version = n
	}
	return nil
}
