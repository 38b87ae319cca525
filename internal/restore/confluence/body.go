package confluence

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// Why a page is not as it was.
const (
	noOwner   = "its owner is not in the destination, or cannot own it: it is the restoring account's"
	strangers = "somebody whom it names is not in the destination"
	standIn   = "somebody stands in for a user whom the destination does not have"
	oldTitle  = "its title was taken: it has that of the newest version"
)

// edition is a version of a text that is to be written.
type edition struct {
	title, text, message string
	id                   string   // of its record; empty where it is the item's own
	why                  []string // it is not as it was
}

// publish writes the text of an item, and the versions before it where they are asked for. How far an
// earlier attempt came is told by the message of the newest version.
func (r *run) publish(ctx context.Context, it *item, move string) error {
	editions, err := r.editions(it)
	if err != nil {
		return err
	}
	if it.refs.err != nil {
		return it.refs.err
	}
	number, next := 2, 0
	if it.home {
		if number, next, err = r.reached(ctx, it, editions); err != nil {
			return err
		}
	}
	owner, hasOwner := r.owner(it)
	for tries := 0; next < len(editions); {
		e := editions[next]
		body := object{
			"id": it.id, "status": "current", "title": e.title, "spaceId": r.space.ID,
			"body":    object{"representation": "storage", "value": e.text},
			"version": object{"number": number, "message": e.message},
		}
		if it.draft {
			body["status"], body["version"] = "draft", object{"number": 1, "message": e.message}
		}
		if owner != "" && next == len(editions)-1 {
			body["ownerId"] = owner
		}
		if move != "" {
			body["parentId"] = move
		}
		if it.kind == blogKind {
			if created := text(it.Item.Body, "createdAt"); created != "" {
				body["createdAt"] = created
			}
		}
		_, err := r.write(ctx, "PUT "+v2+"/"+resources[it.kind]+"/{id}", nil, body, it.id)
		switch {
		case err == nil:
			number, next, tries = number+1, next+1, 0
		case refused(err, http.StatusConflict) && tries < maxTries:
			tries++
			if number, next, err = r.reached(ctx, it, editions); err != nil {
				return err
			}
		case refused(err, http.StatusBadRequest) && owner != "" && next == len(editions)-1:
			owner, hasOwner = "", false
		case refused(err, http.StatusBadRequest) && e.title != it.title:
			editions[next].title = it.title
			editions[next].why = append(editions[next].why, oldTitle)
		default:
			return err
		}
	}
	for _, e := range editions {
		if e.id != "" {
			r.done(versionKind, e.id, it.Item.ID, e.why...)
		}
	}
	if current := text(it.Item.Body, "version", "number"); it.Parts.Len(versionKind) > 0 && !it.draft {
		why := slices.Clone(editions[len(editions)-1].why)
		if it.title != text(it.Item.Body, "title") {
			why = append(why, otherTitle)
		}
		r.done(versionKind, current, it.Item.ID, why...)
	}
	if !hasOwner {
		it.why = append(it.why, noOwner)
	}
	it.why = append(it.why, editions[len(editions)-1].why...)
	if owner != "" && r.standIn(text(it.Item.Body, "ownerId")) && !slices.Contains(it.why, standIn) {
		it.why = append(it.why, standIn)
	}
	return nil
}

// maxTries is how often a conflict of versions is looked into before it is a failure.
const maxTries = 3

// editions are the versions to be written, oldest first.
func (r *run) editions(it *item) ([]edition, error) {
	rec := it.Item
	var all []edition
	if newest := r.job.Plan.Spec.Options.Versions; newest > 1 && !it.draft {
		var older []archive.Record
		current := number(rec.Body, "version", "number")
		for v, err := range it.Parts.All(versionKind) {
			if err != nil {
				return nil, err
			}
			if n := number(v.Body, "number"); n < current && n > current-newest {
				older = append(older, v)
			}
		}
		slices.SortFunc(older, func(a, b archive.Record) int { return number(a.Body, "number") - number(b.Body, "number") })
		for _, v := range older {
			in := "page"
			if it.kind == blogKind {
				in = "blogpost"
			}
			title := text(v.Body, in, "title")
			if title == "" {
				title = it.title
			}
			said, why := it.refs.apart(unmarked(text(v.Body, in, "body", "storage", "value")))
			all = append(all, edition{title, said, r.message(v.Body), v.ID, why})
		}
	}
	said, why := r.written(it, false)
	return append(all, edition{title: it.title, text: said, message: r.message(rec.Body), why: why}), nil
}

// written is the text of an item as it is written, marked with the marks of its comments, and how it
// is not as it was.
func (r *run) written(it *item, marked bool) (string, []string) {
	value := text(it.Item.Body, "body", "storage", "value")
	if !marked {
		value = unmarked(value)
	}
	value, why := it.refs.apart(value)
	if r.job.Plan.Spec.Options.NoPanels {
		return value, why
	}
	return panel(r.origin(it.Item, nil).Sentence()) + value, why
}

// messageBegin begins the message of each version that a restore writes.
const messageBegin = "Restored by holdfast: version "

// message says which version one is of, and by whom it was written when: versions have
// the author and the time of the restore.
func (r *run) message(body raw) string {
	v := body
	if of := member(body, "version"); of != nil {
		v = of
	}
	o := restore.Origin{Author: text(v, "authorId"), AuthorName: r.name(text(v, "authorId")), Created: text(v, "createdAt")}
	s := fmt.Sprintf("%s%d, %s", messageBegin, number(v, "number"), o.Written())
	if was := text(v, "message"); was != "" {
		s += ": " + was
	}
	return s
}

// reached asks how far an earlier attempt came: the number of the next version, and which
// edition it is to be.
func (r *run) reached(ctx context.Context, it *item, editions []edition) (version, next int, err error) {
	now, err := r.get(ctx, v2+"/"+resources[it.kind]+"/{id}", anyStatus(it.kind), it.id)
	if err != nil {
		return 0, 0, err
	}
	message := text(now, "version", "message")
	i := slices.IndexFunc(editions, func(e edition) bool { return e.message == message })
	return number(now, "version", "number") + 1, i + 1, nil
}

// owner is who shall own a page. ok is false where it is not who owned it.
func (r *run) owner(it *item) (id string, ok bool) {
	was := text(it.Item.Body, "ownerId")
	if it.kind != pageKind || was == "" {
		return "", true
	}
	return r.user(was)
}
