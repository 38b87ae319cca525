package confluence

import (
	"context"
	"net/http"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// homeMarker is the Extra of the position of a space whose homepage is restored.
const homeMarker = "home"

// spaces creates the spaces of a batch: one, as the plan makes it.
func (r *run) spaces(ctx context.Context) error {
	for _, p := range r.batch.Items {
		rec, err := r.spaceRecord(ctx)
		if err == nil && rec.ID != "" {
			err = r.createSpace(ctx, rec, p.Extra == homeMarker)
		}
		if err != nil {
			return err
		}
		r.beat(1, 0)
	}
	return nil
}

// spaceRecord is the record of the batch's space; without an id where the backup has none.
func (r *run) spaceRecord(ctx context.Context) (archive.Record, error) {
	for rec, err := range r.job.Archive.Container(ctx, r.batch.Container, spaceKind) {
		return rec, err
	}
	return archive.Record{}, nil
}

// marker stands as the description of a space between its creation and the moment when its
// property says whose it is: a space that was created shows at once that it is ours.
func (r *run) marker() string { return "Being restored by holdfast (" + r.job.Plan.Spec.ID + ")" }

// createSpace creates a space, or goes on with the one that an earlier attempt made.
func (r *run) createSpace(ctx context.Context, rec archive.Record, home bool) error {
	key := r.job.Plan.Spec.Selection.Key(rec.Key)
	space, err := r.findSpace(ctx, key)
	if err != nil {
		return err
	}
	if space == nil {
		space, err = r.postSpace(ctx, key, text(rec.Body, "name"))
		if err != nil {
			return r.failed(err, spaceKind, rec.ID, "")
		}
	}
	id := text(space, "id")
	mine, err := r.readOrigin(ctx, spaceKind, id)
	switch {
	case err != nil:
		return err
	case mine.Restore == "" && text(space, "description", "plain", "value") == r.marker():
		if err := r.addProperty(ctx, spaceKind, id, restore.OriginKey, r.origin(rec, nil)); err != nil {
			return r.failed(err, spaceKind, rec.ID, "")
		}
	case mine.Restore != r.job.Plan.Spec.ID:
		r.miss(spaceKind, rec.ID, "", "somebody else made a space of that key after the plan")
		return nil
	}
	if text(space, "description", "plain", "value") == r.marker() {
		if space, err = r.describeSpace(ctx, rec, space, key); err != nil {
			return r.failed(err, spaceKind, rec.ID, "")
		}
	}
	r.job.IDs.Put(restore.Ref{Kind: spaceKind, From: rec.ID, ID: id, Key: key})
	if err := r.homepage(ctx, rec, id, home); err != nil {
		return err
	}
	var why []string
	switch {
	case text(rec.Body, "homepageId") == "":
		why = append(why, hasHome)
	case !home:
		why = append(why, otherHome)
	}
	switch was := text(rec.Body, "type"); {
	case was == "personal":
		why = append(why, notPersonal)
	case was != "" && was != text(space, "type"):
		why = append(why, otherType)
	}
	r.done(spaceKind, rec.ID, "", why...)
	return nil
}

// describeSpace gives a new space what it is called and what it is for, and returns it as it is then.
func (r *run) describeSpace(ctx context.Context, rec archive.Record, space raw, key string) (raw, error) {
	body := object{
		"name":        text(rec.Body, "name"),
		"description": object{"plain": object{"value": text(rec.Body, "description", "plain", "value"), "representation": "plain"}},
	}
	if was := text(rec.Body, "type"); was != "" && was != "personal" && was != text(space, "type") {
		body["type"] = was
	}
	_, err := r.write(ctx, "PUT "+v1+"/space/{spaceKey}", nil, body, key)
	if body["type"] != nil && refused(err, http.StatusBadRequest) {
		delete(body, "type")
		_, err = r.write(ctx, "PUT "+v1+"/space/{spaceKey}", nil, body, key)
	}
	if err != nil {
		return nil, err
	}
	return r.get(ctx, v2+"/spaces/{id}", query("description-format", "plain"), text(space, "id"))
}

// Why a space is of another type.
const (
	notPersonal = "a personal space becomes an ordinary one: its owner alone can make one"
	otherType   = "the site does not take the type of the space"
)

// Why a space has another homepage.
const (
	hasHome   = "the site gives each space a homepage"
	otherHome = "its homepage was not selected, or is not in the backup: the site made it one"
)

// findSpace looks for a space by its key; nil where there is none.
func (t *Target) findSpace(ctx context.Context, key string) (raw, error) {
	var found raw
	for _, status := range []string{"current", "archived"} {
		err := t.list(ctx, v2+"/spaces", query("keys", key, "status", status, "description-format", "plain"), func(space raw) error {
			if text(space, "key") == key {
				found = space
			}
			return nil
		})
		if err != nil || found != nil {
			return found, err
		}
	}
	return nil, nil
}

// postSpace creates a space, and reads it. Where its permissions are to be restored, nobody
// else may see it until they are.
func (r *run) postSpace(ctx context.Context, key, name string) (raw, error) {
	body := object{"key": key, "name": name, "description": object{"value": r.marker(), "representation": "plain"}}
	if r.job.Plan.Spec.Options.Permissions {
		body["createPrivateSpace"] = true
	}
	created, err := r.write(ctx, "POST "+v2+"/spaces", nil, body)
	if refused(err, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed) {
		// REST v2 creates spaces where the site has roles of spaces (OpenAPI).
		route := "POST " + v1 + "/space"
		if r.job.Plan.Spec.Options.Permissions {
			route += "/_private"
		}
		created, err = r.write(ctx, route, nil, object{
			"key": key, "name": name, "description": object{"plain": object{"value": r.marker(), "representation": "plain"}},
		})
	}
	if err != nil {
		return nil, err
	}
	return r.get(ctx, v2+"/spaces/{id}", query("description-format", "plain"), text(created, "id"))
}

// homepage takes the page that the site made with the space for the homepage of the backup,
// which then has its text as any page: here it gets the title, so that no other page has it.
func (r *run) homepage(ctx context.Context, rec archive.Record, space string, home bool) error {
	now, err := r.get(ctx, v2+"/spaces/{id}", nil, space)
	if err != nil {
		return err
	}
	id, was := text(now, "homepageId"), text(rec.Body, "homepageId")
	if id == "" {
		return nil
	}
	r.job.IDs.Put(restore.Ref{Kind: homepageKind, From: rec.ID, ID: id})
	if !home || was == "" {
		return nil
	}
	r.job.IDs.Put(restore.Ref{Kind: pageKind, From: was, ID: id, Extra: homeExtra})
	var title string
	for p, err := range r.job.Archive.Container(ctx, r.batch.Container, pageKind) {
		if err != nil {
			return err
		}
		if p.ID == was {
			title = text(p.Body, "title")
			break
		}
	}
	page, err := r.get(ctx, v2+"/pages/{id}", query("body-format", "storage"), id)
	if err != nil || title == "" || text(page, "title") == title {
		return err
	}
	_, err = r.write(ctx, "PUT "+v2+"/pages/{id}", nil, object{
		"id": id, "status": "current", "title": title, "spaceId": space,
		"body":    object{"representation": "storage", "value": text(page, "body", "storage", "value")},
		"version": object{"number": number(page, "version", "number") + 1, "message": givenTitle},
	}, id)
	if refused(err, http.StatusConflict) {
		return nil // its text comes later, and the title with it
	}
	if _, ok := refusal(err); ok {
		return nil // as above; its row says then what is wrong
	}
	return err
}

// siteTemplates creates the templates of the whole site.
func (r *run) siteTemplates(ctx context.Context) error {
	have, err := r.templates(ctx, "")
	if err != nil {
		return err
	}
	for rec, err := range r.job.Archive.Site(ctx, siteTemplateKind) {
		if err == nil {
			if _, ok := r.job.Mapping.To(siteTemplateKind, rec.ID); ok {
				have[text(rec.Body, "name")]--
				r.skip(rec.Kind, rec.ID, "", hasTemplate)
				continue
			}
			err = r.template(ctx, rec, "", have)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hasTemplate is why a template of the site is not created: names are all that tells them apart.
const hasTemplate = "the destination has a template of that name"

// templates counts the templates of a space, or of the site, by their names.
func (t *Target) templates(ctx context.Context, key string) (map[string]int, error) {
	have := map[string]int{}
	q := query()
	if key != "" {
		q.Set("spaceKey", key)
	}
	err := t.listV1(ctx, v1+"/template/page", q, []string{"templateId"}, 25, func(one raw) error {
		have[text(one, "name")]++
		return nil
	})
	return have, err
}

// template creates a template, unless have holds it: names may occur twice.
func (r *run) template(ctx context.Context, rec archive.Record, key string, have map[string]int) error {
	name := text(rec.Body, "name")
	if have[name] > 0 {
		have[name]--
		r.done(rec.Kind, rec.ID, rec.Parent)
		return nil
	}
	var labels []object
	for l := range atlassian.Elements(atlassian.Member(rec.Body, "labels")) {
		// The document asks for an id, too, which is the site's to give.
		labels = append(labels, object{"prefix": text(l, "prefix"), "name": text(l, "name"), "label": text(l, "label"), "id": text(l, "id")})
	}
	l := r.links(ctx)
	value := l.text(text(rec.Body, "body", "storage", "value"))
	if l.err != nil {
		return l.err
	}
	body := object{
		"name": name, "templateType": "page", "description": text(rec.Body, "description"),
		"body": object{"storage": object{"value": value, "representation": "storage"}},
	}
	if len(labels) > 0 {
		body["labels"] = labels
	}
	if key != "" {
		body["space"] = object{"key": key}
	}
	if _, err := r.write(ctx, "POST "+v1+"/template", nil, body); err != nil {
		return r.failed(err, rec.Kind, rec.ID, rec.Parent)
	}
	r.done(rec.Kind, rec.ID, rec.Parent)
	return nil
}
