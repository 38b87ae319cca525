package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"holdfast/internal/atlassian"
)

// errNoCounterpart means that what a value names is not in the destination.
var errNoCounterpart = errors.New("the destination does not have it")

// errNotActive means that an account is there, and can be given nothing.
var errNotActive error = inactive{}

type inactive struct{}

func (inactive) Error() string { return "the account is not active in the destination" }

func (inactive) Unwrap() error { return errNoCounterpart }

// values translates the values of an issue's fields.
type values struct {
	a *applying
	// doc makes documents those of the destination.
	doc func(json.RawMessage) json.RawMessage
	// options are those that the screen offers for a list; nil where it does not tell.
	options map[string]bool
	// partly is set where a part of a value was left out.
	partly bool
}

// system is the value to write of a field that every site has.
func (v *values) system(ctx context.Context, id string, value json.RawMessage) (any, error) {
	switch id {
	case "description", "environment":
		return v.doc(value), nil
	case "priority":
		return v.mapped("priority", value)
	case "security":
		return v.mapped("securityLevel", value)
	case "components":
		return v.each(value, func(e json.RawMessage) (any, error) { return v.restored(ctx, "component", e) })
	case "versions", "fixVersions":
		return v.each(value, func(e json.RawMessage) (any, error) { return v.restored(ctx, "version", e) })
	case "reporter", "assignee":
		return v.user(value)
	case "timetracking":
		return tracking(value), nil
	}
	return value, nil
}

// custom is the value to write of a custom field.
func (v *values) custom(ctx context.Context, t fieldType, value json.RawMessage) (any, error) {
	if t.Custom == "textarea" {
		return v.doc(value), nil
	}
	if t.Type == "array" {
		one := t
		one.Type = t.Items
		return v.each(value, func(e json.RawMessage) (any, error) { return v.one(ctx, one, e) })
	}
	return v.one(ctx, t, value)
}

func (v *values) one(ctx context.Context, t fieldType, value json.RawMessage) (any, error) {
	switch t.Type {
	case "option", "option-with-child":
		return v.option(value)
	case "user":
		return v.user(value)
	case "group":
		return v.group(value)
	case "project":
		return v.project(ctx, value)
	case "version":
		return v.restored(ctx, "version", value)
	case "component":
		return v.restored(ctx, "component", value)
	case "priority", "securitylevel":
		kind := map[string]string{"priority": "priority", "securitylevel": "securityLevel"}[t.Type]
		return v.mapped(kind, value)
	}
	return value, nil
}

// each translates the entries of an array; those without counterpart are left out.
func (v *values) each(value json.RawMessage, f func(json.RawMessage) (any, error)) (any, error) {
	all := []any{}
	n := 0
	for e := range atlassian.Elements(value) {
		n++
		one, err := f(e)
		if errors.Is(err, errNoCounterpart) {
			v.partly = true
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if n > 0 && len(all) == 0 {
		return nil, errNoCounterpart
	}
	return all, nil
}

func (v *values) mapped(kind string, value json.RawMessage) (any, error) {
	to, ok := v.a.job.Mapping.To(kind, textOf(value, "id"))
	if !ok {
		return nil, errNoCounterpart
	}
	return map[string]string{"id": to}, nil
}

// restored is the id that a version or component has now.
func (v *values) restored(ctx context.Context, kind string, value json.RawMessage) (any, error) {
	ref, ok, err := v.a.job.IDs.Get(ctx, kind, textOf(value, "id"))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoCounterpart
	}
	return map[string]string{"id": ref.ID}, nil
}

func (v *values) user(value json.RawMessage) (any, error) {
	to := v.a.active(textOf(value, "accountId"))
	if row, _ := v.a.job.Mapping.Row(kindUser, textOf(value, "accountId")); to == "" && row.To != "" {
		return nil, errNotActive
	}
	if to == "" {
		return nil, errNoCounterpart
	}
	return map[string]string{"accountId": to}, nil
}

func (v *values) group(value json.RawMessage) (any, error) {
	row, ok := v.a.job.Mapping.Row(kindGroup, textOf(value, "groupId"))
	if !ok || row.To == "" {
		return nil, errNoCounterpart
	}
	return map[string]string{"name": row.ToName}, nil
}

func (v *values) project(ctx context.Context, value json.RawMessage) (any, error) {
	ref, ok, err := v.a.job.IDs.Get(ctx, kindProject, textOf(value, "id"))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoCounterpart
	}
	return map[string]string{"id": ref.ID}, nil
}

// option is an entry of a list, which is the same where its text is.
func (v *values) option(value json.RawMessage) (any, error) {
	m := members(value)
	chosen := textOf(value, "value")
	if chosen == "" || v.options != nil && !v.options[chosen] {
		return nil, errNoCounterpart
	}
	out := map[string]any{"value": chosen}
	if child := textOf(m["child"], "value"); child != "" {
		out["child"] = map[string]string{"value": child}
	}
	return out, nil
}

// tracking are the estimates in minutes, which mean the same whatever the hours of the
// site's day are. What was spent follows from the work logs.
func tracking(value json.RawMessage) any {
	out := map[string]string{}
	for _, name := range []string{"originalEstimate", "remainingEstimate"} {
		if seconds, ok := atlassian.Int(atlassian.Member(value, name+"Seconds")); ok {
			out[name] = fmt.Sprintf("%dm", seconds/60)
		} else if t := textOf(value, name); t != "" {
			out[name] = t
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// summary is a summary as the site takes it: one line of at most 255 characters.
func summary(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	if runes := []rune(s); len(runes) > 255 {
		s = string(runes[:255])
	}
	return s
}
