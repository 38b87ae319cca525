package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// remoteLinks writes links to other systems. One with a global id is the same however often it is
// written; of others it is looked whether they are there.
func (d *issueDetails) remoteLinks(ctx context.Context) error {
	if d.group.Parts.Len("remotelink") == 0 {
		return nil
	}
	last := map[string]string{} // global id → id of the last link that has it
	for r, err := range d.group.Parts.All("remotelink") {
		if err != nil {
			return err
		}
		last[textOf(r.Body, "globalId")] = r.ID
	}
	var have map[string][]string // what they are → ids
	for r, err := range d.group.Parts.All("remotelink") {
		if err != nil {
			return err
		}
		if global := textOf(r.Body, "globalId"); global != "" && last[global] != r.ID {
			d.skipped(r, "a later link of the issue has the same global id, of which a site keeps one")
			continue
		}
		if textOf(r.Body, "globalId") == "" && have == nil {
			if have, err = d.linksThere(ctx); err != nil {
				return err
			}
		}
		if !d.wanted(r.Kind, r.ID) {
			continue
		}
		if err := d.remoteLink(ctx, r, have); err != nil {
			return err
		}
	}
	return nil
}

// linksThere are the remote links without global id that the issue has.
func (d *issueDetails) linksThere(ctx context.Context) (map[string][]string, error) {
	all, err := d.target.client.List(ctx, atlassian.Request{Route: "GET " + issueRoute + "/remotelink", Path: []string{d.now.ref.ID}})
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	for _, one := range all {
		if textOf(one, "globalId") == "" {
			found[linkText(one)] = append(found[linkText(one)], textOf(one, "id"))
		}
	}
	return found, nil
}

func linkText(body json.RawMessage) string {
	object := atlassian.Member(body, "object")
	return textOf(object, "url") + "\x00" + textOf(object, "title") + "\x00" + textOf(body, "relationship")
}

func (d *issueDetails) remoteLink(ctx context.Context, r archive.Record, have map[string][]string) error {
	if textOf(r.Body, "globalId") == "" {
		if left := have[linkText(r.Body)]; len(left) > 0 {
			have[linkText(r.Body)] = left[1:]
			d.put(r.Kind, r.ID, left[0], "", "")
			d.written(r)
			return nil
		}
	}
	body := map[string]any{}
	for _, name := range []string{"globalId", "application", "relationship", "object"} {
		if v := atlassian.Member(r.Body, name); !isNull(v) {
			body[name] = v
		}
	}
	reply, err := d.send(ctx, "POST "+issueRoute+"/remotelink", body, d.now.ref.ID)
	if why := refused(err); why != nil {
		d.missed(r, why.reason())
		return nil
	}
	if err != nil {
		return err
	}
	d.put(r.Kind, r.ID, textOf(reply, "id"), "", "")
	d.written(r)
	return nil
}

// watchers makes those watch the issue who did, and the restoring account not, which watches what it creates.
func (d *issueDetails) watchers(ctx context.Context) error {
	me, err := d.account(ctx)
	if err != nil {
		return err
	}
	mine := false
	for r, err := range d.group.Parts.All("watchers") {
		if err != nil {
			return err
		}
		var flaws []flaw
		set := 0
		for user := range atlassian.Elements(atlassian.Member(r.Body, "watchers")) {
			to := d.active(textOf(user, "accountId"))
			mine = mine || to == me
			if to == "" {
				flaws = append(flaws, flawed("some who watched it are not in the destination, or not active", "watchers", "watchCount"))
				continue
			}
			if !d.wanted(r.Kind, r.ID) {
				continue
			}
			_, err := d.send(ctx, "POST "+issueRoute+"/watchers", to, d.now.ref.ID)
			if why := refused(err); why != nil {
				flaws = append(flaws, flawed("some who watched it cannot watch it now: "+why.reason(), "watchers", "watchCount"))
				continue
			}
			if err != nil {
				return err
			}
			set++
		}
		switch {
		case !d.wanted(r.Kind, r.ID):
		case set == 0 && len(flaws) > 0:
			d.skipped(r, "nobody who watched it can watch it in the destination")
		default:
			d.written(r, flaws...)
		}
	}
	if mine || !d.wrote && !d.watching {
		return nil
	}
	_, err = d.target.writeWith(ctx, http.MethodDelete+" "+issueRoute+"/watchers", url.Values{"accountId": {me}}, nil, d.now.ref.ID)
	if refused(err) != nil {
		return nil // it was not watching, or may not stop
	}
	return err
}
