package confluence

import (
	"context"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// Why what belongs to a space is not as it was.
const (
	noUser  = "the user is not in the destination"
	noGroup = "the group is not in the destination"
	noRole  = "the role is not in the destination"
	itself  = "the account that restores keeps the role that it has"
	noSuch  = "the API does not grant this permission"
	toRoles = "the API grants permissions to users and groups alone"
	noLook  = "the site does not take the look of its own that the space has and does not use"
	noView  = "the API grants nothing to who may not view the space"
	noLevel = "the classification level is not in the destination"
)

// spaceParts are the kinds that belong to a space and are restored at its end: who watches it hears
// of nothing before, and with permissions nobody sees it half-made.
func (r *run) spaceParts() []string {
	kinds := []string{spaceLabelKind, spacePropertyKind, themeKind, settingsKind, lookKind, templateKind, watcherKind, defaultLevelKind}
	if r.job.Plan.Spec.Options.Permissions {
		kinds = append(kinds, permissionKind, assignmentKind)
	}
	return kinds
}

func (r *run) eachOf(ctx context.Context, do func(archive.Record) error) error {
	for rec, err := range r.job.Archive.Container(ctx, r.batch.Container, r.spaceParts()...) {
		if err == nil && r.wanted(rec.Kind, rec.ID) {
			err = do(rec)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// furnish gives a space what belongs to it.
func (r *run) furnish(ctx context.Context) error {
	if err := r.label(ctx, v1+"/space/{spaceKey}/label", r.space.Key, r.job.Archive.Container(ctx, r.batch.Container, spaceLabelKind)); err != nil {
		return err
	}
	if err := r.addProperties(ctx, spaceKind, r.space.ID, r.job.Archive.Container(ctx, r.batch.Container, spacePropertyKind)); err != nil {
		return err
	}
	have, err := r.templates(ctx, r.space.Key)
	if err != nil {
		return err
	}
	p := permissions{run: r}
	err = r.eachOf(ctx, func(rec archive.Record) error {
		var err error
		why, degraded := "", ""
		switch rec.Kind {
		case spaceLabelKind, spacePropertyKind:
			return nil
		case templateKind:
			return r.template(ctx, rec, r.space.Key, have)
		case permissionKind:
			p.of = append(p.of, rec)
			return nil
		case themeKind:
			_, err = r.write(ctx, "PUT "+v1+"/space/{spaceKey}/theme", nil, object{"themeKey": text(rec.Body, "themeKey")}, r.space.Key)
		case settingsKind:
			err = r.settings(ctx, rec)
		case lookKind:
			degraded, err = r.look(ctx, rec)
		case watcherKind:
			why, err = r.watcher(ctx, rec)
		case defaultLevelKind:
			why, err = r.classify(ctx, rec)
		case assignmentKind:
			why, err = r.assign(ctx, rec)
		}
		switch {
		case err != nil:
			return r.failed(err, rec.Kind, rec.ID, rec.Parent)
		case why != "":
			r.skip(rec.Kind, rec.ID, rec.Parent, why)
		case degraded != "":
			r.done(rec.Kind, rec.ID, rec.Parent, degraded)
		default:
			r.done(rec.Kind, rec.ID, rec.Parent)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.grant(ctx)
}

// settings are of the space's home and density.
func (r *run) settings(ctx context.Context, rec archive.Record) error {
	body := object{}
	for _, name := range []string{"routeOverrideEnabled", "contentMode"} {
		if v := member(rec.Body, name); v != nil && string(v) != "null" {
			body[name] = v
		}
	}
	if len(body) == 0 {
		return nil
	}
	_, err := r.write(ctx, "PUT "+v1+"/space/{spaceKey}/settings", nil, body, r.space.Key)
	return err
}

// look is the look of a space: the one of its own, and which one it uses. degraded says how it is not as
// it was.
func (r *run) look(ctx context.Context, rec archive.Record) (degraded string, err error) {
	selected := text(rec.Body, "selected")
	if custom := member(rec.Body, "custom"); custom != nil && string(custom) != "null" {
		_, err := r.write(ctx, "POST "+v1+"/settings/lookandfeel/custom", query("spaceKey", r.space.Key), custom)
		if isRefusal(err) && selected != "custom" {
			degraded, err = noLook, nil // that of a theme cannot be changed, say (OpenAPI)
		}
		if err != nil {
			return "", err
		}
	}
	if selected == "" {
		return degraded, nil
	}
	_, err = r.write(ctx, "PUT "+v1+"/settings/lookandfeel", nil, object{"spaceKey": r.space.Key, "lookAndFeelType": selected})
	return degraded, err
}

// watcher makes a user watch the space.
func (r *run) watcher(ctx context.Context, rec archive.Record) (string, error) {
	id, ok := r.user(text(rec.Body, "watcher", "accountId"))
	if !ok {
		return noUser, nil
	}
	_, err := r.client.Do(ctx, atlassian.Request{
		Route: "POST " + v1 + "/user/watch/space/{spaceKey}", Path: []string{r.space.Key}, Query: query("accountId", id),
		Header: map[string][]string{"X-Atlassian-Token": {"no-check"}}, Write: true,
	})
	return "", r.sure(ctx, err)
}

// classify sets the level that the pages of a space have where they have none.
func (r *run) classify(ctx context.Context, rec archive.Record) (string, error) {
	id, ok := r.job.Mapping.To(levelKind, text(rec.Body, "id"))
	if !ok {
		return noLevel, nil
	}
	_, err := r.write(ctx, "PUT "+v2+"/spaces/{id}/classification-level/default", nil, object{"id": id}, r.space.ID)
	return "", err
}

// principal is who a permission or a role is for, in the destination.
func (r *run) principal(kind, id string) (to, why string) {
	switch kind {
	case "user", "USER":
		if to, ok := r.user(id); ok {
			return to, ""
		}
		return "", noUser
	case "group", "GROUP":
		if to, ok := r.job.Mapping.To(groupKind, id); ok {
			return to, ""
		}
		return "", noGroup
	}
	return id, "" // a class of access is the same everywhere
}

// assign gives somebody a role in the space. To give it again changes nothing (OpenAPI).
func (r *run) assign(ctx context.Context, rec archive.Record) (string, error) {
	kind := text(rec.Body, "principal", "principalType")
	to, why := r.principal(kind, text(rec.Body, "principal", "principalId"))
	if why != "" {
		return why, nil
	}
	if me, err := r.writer(ctx); err != nil || to == me {
		return itself, err
	}
	role, ok := r.job.Mapping.To(roleMapping, text(rec.Body, "roleId"))
	if !ok {
		return noRole, nil
	}
	_, err := r.write(ctx, "POST "+v2+"/spaces/{id}/role-assignments", nil, []object{
		{"principal": object{"principalType": kind, "principalId": to}, "roleId": role},
	}, r.space.ID)
	return "", err
}

// grantable are the operations that the API grants, with what they are done to (OpenAPI:
// SpacePermissionRequest).
var grantable = map[string][]string{
	"create": {"page", "blogpost", "comment", "attachment"}, "read": {"space"},
	"delete": {"page", "blogpost", "comment", "attachment", "space"},
	"export": {"space"}, "administer": {"space"}, "archive": {"page"}, "restrict_content": {"space"},
}

// ungrantable says why the API cannot grant a permission; "" where it can.
func ungrantable(permission raw) string {
	switch kind := text(permission, "principal", "type"); {
	case kind != "user" && kind != "group":
		return toRoles
	case !slices.Contains(grantable[text(permission, "operation", "key")], text(permission, "operation", "targetType")):
		return noSuch
	}
	return ""
}

// permissions are the permissions of one space.
type permissions struct {
	*run
	of []archive.Record
}

// grant gives the permissions that the space does not have yet: to view it first, without which
// the site takes no other (OpenAPI).
func (p *permissions) grant(ctx context.Context) error {
	if len(p.of) == 0 {
		return nil
	}
	have := map[[4]string]bool{}
	err := p.list(ctx, v2+"/spaces/{id}/permissions", nil, func(one raw) error {
		have[[4]string{text(one, "principal", "type"), text(one, "principal", "id"), text(one, "operation", "key"), text(one, "operation", "targetType")}] = true
		return nil
	}, p.space.ID)
	if err != nil {
		return err
	}
	for _, viewing := range []bool{true, false} {
		for _, rec := range p.of {
			key, target := text(rec.Body, "operation", "key"), text(rec.Body, "operation", "targetType")
			if (key == "read" && target == "space") != viewing {
				continue
			}
			kind := text(rec.Body, "principal", "type")
			to, why := p.principal(kind, text(rec.Body, "principal", "id"))
			switch {
			case ungrantable(rec.Body) != "":
				why = ungrantable(rec.Body)
			case why == "" && !viewing && !have[[4]string{kind, to, "read", "space"}]:
				why = noView
			}
			if why != "" {
				p.skip(rec.Kind, rec.ID, rec.Parent, why)
				continue
			}
			if is := [4]string{kind, to, key, target}; !have[is] {
				_, err := p.write(ctx, "POST "+v1+"/space/{spaceKey}/permission", nil, object{
					"subject": object{"type": kind, "identifier": to}, "operation": object{"key": key, "target": target},
				}, p.space.Key)
				if err != nil {
					if err := p.failed(err, rec.Kind, rec.ID, rec.Parent); err != nil {
						return err
					}
					continue
				}
				have[is] = true
			}
			p.done(rec.Kind, rec.ID, rec.Parent)
		}
	}
	return nil
}
