"""spaCy's greedy entity transitions, many tokens at once.

spaCy's own loop takes one token at a time through two small matrix products. Outside of an entity its scores depend on
the token alone, and within one on the token, the one before it and the entity's first: so the moves of all tokens are
scored as if none stood in an entity, then the ends of all entities that could begin are looked for together, and one
sweep picks those that do. The entities are the same; a test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.intp]

#: One entity of a document: its first token, the token behind its last, the label.
Entity = tuple[int, int, str]
_FEATURES = 3
_PIECES = 2
_NEVER = np.float32(-np.inf)


class Transitions:
    """The entity pipe of a loaded spaCy model, with its own weights.

    The columns of the output layer are put in the order begin, unit, outside, inside, last, each of the first two and
    last two with one column per label.
    """

    def __init__(self, pipe: Any) -> None:
        self._vectors = pipe.model.get_ref("tok2vec")
        lower, upper = pipe.model.get_ref("lower"), pipe.model.get_ref("upper")
        names = [pipe.moves.get_class_name(index) for index in range(pipe.moves.n_moves)]
        self.labels = tuple(sorted({name[2:] for name in names if name[2:]}))
        places = {name: index for index, name in enumerate(names)}
        order = [
            *(places[f"{move}-{label}"] for move in "BU" for label in self.labels),
            places["O"],
            *(places[f"{move}-{label}"] for move in "IL" for label in self.labels),
        ]
        weights = lower.get_param("W")  # [features, hidden, pieces, width]: the pieces are put side by side
        hidden = weights.shape[1]
        self._lower: Floats = np.ascontiguousarray(weights.swapaxes(1, 2).reshape(-1, weights.shape[3]).T)
        self._bias: Floats = lower.get_param("b").T.reshape(-1).copy()
        self._pad: Floats = lower.get_param("pad")[0].swapaxes(1, 2).reshape(_FEATURES, -1).copy()
        self._half = hidden
        self._upper: Floats = np.ascontiguousarray(upper.get_param("W")[order].T)
        bias = upper.get_param("b").copy()
        bias[sorted(pipe.model.attrs["unseen_classes"])] = _NEVER
        self._upper_bias: Floats = bias[order]

    @classmethod
    def of(cls, pipe: Any) -> Transitions | None:
        """Return the pipe's transitions, None where it is not a greedy parser over three features and two pieces."""
        model = pipe.model
        if not model.attrs.get("has_upper") or pipe.cfg.get("beam_width", 1) != 1:
            return None
        lower = model.get_ref("lower")
        return cls(pipe) if (lower.get_dim("nF"), lower.get_dim("nP")) == (_FEATURES, _PIECES) else None

    def entities(self, documents: Sequence[Any]) -> list[list[Entity]]:
        """Return the entities of each tokenized document, none of which has any yet."""
        read = [document for document in documents if len(document)]
        if not read:
            return [[] for _ in documents]
        ends = np.cumsum([len(document) for document in read])
        final = np.zeros(ends[-1], dtype=bool)
        final[ends - 1] = True
        blank = np.concatenate([document.to_array(["IS_SPACE"]) for document in read]).astype(bool)
        spans = self._read(self._vectors.predict(read), final, blank)
        rows: list[list[Entity]] = [[] for _ in read]
        owners = np.searchsorted(ends, [first for first, _, _ in spans], side="right").tolist()
        for owner, (first, stop, label) in zip(owners, spans, strict=True):
            shift = int(ends[owner]) - len(read[owner])
            rows[owner].append((first - shift, stop - shift, label))
        answers = iter(rows)
        return [next(answers) if len(document) else [] for document in documents]

    def _read(self, vectors: Floats, final: Flags, blank: Flags) -> list[Entity]:
        """Entities of the joined documents. ``vectors`` is [tokens, width]; ``final`` tokens end a document."""
        features = (vectors @ self._lower).reshape(len(vectors), _FEATURES, -1)
        count = len(self.labels)
        upto = 2 * count + 1
        scores = self._hidden(features[:, 0] + self._pad[1] + self._pad[2]) @ self._upper[:, :upto]
        scores += self._upper_bias[:upto]
        scores[final, :count] = _NEVER
        scores[blank, : 2 * count] = _NEVER
        best = scores[:, : 2 * count].argmax(axis=1)
        starts = np.flatnonzero(scores[np.arange(len(best)), best] > scores[:, -1])
        kinds, alone = best[starts] % count, best[starts] >= count
        stops = starts + 1
        stops[~alone] = self._stops(features, starts[~alone], kinds[~alone], final)
        entities: list[Entity] = []
        reached = 0
        for first, stop, kind in zip(starts.tolist(), stops.tolist(), kinds.tolist(), strict=True):
            if first >= reached:
                entities.append((first, stop, self.labels[kind]))
                reached = stop
        return entities

    def _stops(self, features: Floats, starts: Numbers, kinds: Numbers, final: Flags) -> Numbers:
        """Where entities that begin at ``starts`` with these kinds end: all are followed together, token by token."""
        stops = np.zeros_like(starts)
        on_columns = 2 * len(self.labels) + 1 + kinds
        off_columns = on_columns + len(self.labels)
        open_ = np.arange(len(starts))
        here = starts + 1
        while len(open_):
            hidden = self._hidden(features[here, 0] + features[starts[open_], 1] + features[here - 1, 2])
            on, off = self._column(hidden, on_columns[open_]), self._column(hidden, off_columns[open_])
            done = final[here] | (off > on)
            stops[open_[done]] = here[done] + 1
            open_, here = open_[~done], here[~done] + 1
        return stops

    def _column(self, hidden: Floats, columns: Numbers) -> Floats:
        """The score of one column for each row of ``hidden``."""
        scores: Floats = np.einsum("nh,hn->n", hidden, self._upper[:, columns]) + self._upper_bias[columns]
        return scores

    def _hidden(self, summed: Floats) -> Floats:
        """Maxout of summed features [states, pieces * hidden]."""
        summed += self._bias
        return np.maximum(summed[:, : self._half], summed[:, self._half :])
