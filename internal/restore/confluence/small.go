package confluence

import (
	"context"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// labelsAtOnce is how many labels are sent at a time: the API takes a list that it calls too
// long at a length that it does not name (OpenAPI).
const labelsAtOnce = 20

const replacedOrigin = "it says what an earlier restore made: this one has its own"

// labels gives an item its labels. To add one that is there changes nothing (OpenAPI).
func (r *run) labels(ctx context.Context, it *item) error {
	return r.label(ctx, v1+"/content/{id}/label", it.id, it.Parts.All(labelKind))
}

// label adds labels to something, some at a time.
func (r *run) label(ctx context.Context, route, id string, all func(func(archive.Record, error) bool)) error {
	var some []archive.Record
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		err := r.addLabels(ctx, route, id, some)
		if isRefusal(err) && len(some) > 1 {
			for _, rec := range some { // one of them it was
				if err := r.addLabels(ctx, route, id, []archive.Record{rec}); err != nil {
					if err := r.failed(err, rec.Kind, rec.ID, rec.Parent); err != nil {
						return err
					}
					continue
				}
				r.done(rec.Kind, rec.ID, rec.Parent)
			}
			some = some[:0]
			return nil
		}
		for _, rec := range some {
			if err != nil {
				if err := r.failed(err, rec.Kind, rec.ID, rec.Parent); err != nil {
					return err
				}
				continue
			}
			r.done(rec.Kind, rec.ID, rec.Parent)
		}
		some = some[:0]
		return nil
	}
	for rec, err := range all {
		if err != nil {
			return err
		}
		if some = append(some, rec); len(some) == labelsAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (r *run) addLabels(ctx context.Context, route, id string, some []archive.Record) error {
	body := make([]object, 0, len(some))
	for _, rec := range some {
		body = append(body, object{"prefix": text(rec.Body, "prefix"), "name": text(rec.Body, "name")})
	}
	_, err := r.write(ctx, "POST "+route, nil, body, id)
	return err
}

// properties gives an item its properties, and the one that says what it is of.
func (r *run) properties(ctx context.Context, it *item) error {
	err := r.addProperty(ctx, it.kind, it.id, restore.OriginKey, r.origin(it.Item, nil))
	if isRefusal(err) {
		r.done(it.kind, it.Item.ID, "", append(slices.Clone(it.why), noOrigin)...)
	} else if err != nil {
		return err
	}
	return r.addProperties(ctx, it.kind, it.id, it.Parts.All(propertyKind))
}

// addProperties gives something of the destination properties that it has not yet.
func (r *run) addProperties(ctx context.Context, kind, id string, all func(func(archive.Record, error) bool)) error {
	for rec, err := range all {
		if err != nil {
			return err
		}
		key := text(rec.Body, "key")
		if key == restore.OriginKey {
			r.skip(rec.Kind, rec.ID, rec.Parent, replacedOrigin)
			continue
		}
		err = r.addProperty(ctx, kind, id, key, propertyValue(rec.Body))
		if said := text(rec.Body, "version", "message"); err == nil && said != "" {
			err = r.sayOfProperty(ctx, kind, id, rec, said)
		}
		if err != nil {
			if err := r.failed(err, rec.Kind, rec.ID, rec.Parent); err != nil {
				return err
			}
			continue
		}
		r.done(rec.Kind, rec.ID, rec.Parent)
	}
	return nil
}

// sayOfProperty gives a property the message that it had. The API takes one with a change alone: it is
// changed to what it is.
func (r *run) sayOfProperty(ctx context.Context, kind, id string, rec archive.Record, said string) error {
	key := text(rec.Body, "key")
	var there raw
	if err := r.list(ctx, propertyRoute(kind), query("key", key), func(p raw) error {
		if text(p, "key") == key {
			there = p
		}
		return nil
	}, id); err != nil || there == nil || text(there, "version", "message") == said {
		return err
	}
	_, err := r.write(ctx, "PUT "+propertyRoute(kind)+"/{property-id}", nil, object{
		"key": key, "value": propertyValue(rec.Body), "version": object{"number": number(there, "version", "number") + 1, "message": said},
	}, id, text(there, "id"))
	return err
}
