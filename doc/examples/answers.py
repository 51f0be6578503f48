#!/usr/bin/env python3
"""Answers from a file of questions and answers: answers.py [FILE], by default cafe.txt beside it.

plainchat runs it once for each message: the request is on standard input, the answer goes to standard output. It looks
up the passages that have most of the message's rare words in common with it (BM25), and gives the best of them. Hangul
is compared by pairs of syllables, which needs no dictionary: 라떼 is found in 바닐라라떼는. doc/bots.md describes the file.
SPDX-License-Identifier: MIT
"""

import json
import math
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

REQUEST_BYTES = 8 * 1024 * 1024  # far more than plainchat gives
MESSAGE_CHARACTERS = 1000  # of a longer message, the beginning has to do
ENOUGH = 0.4  # of the message's own words, by weight, a passage must have
ONLY_IN_ANSWER = 0.5  # what a word counts there that none of the passage's questions has
NEARLY_AS_GOOD = 0.8  # as the best passage, for another to be given along with it
PASSAGES = 3
EARLIER_MESSAGES = 4  # what a question like "and how much is it?" may be about
DECAY = 0.5  # what each of them counts, against the one after it
POLITE = 0.3  # what words like "please tell me" count, where passages are ranked

WORD = re.compile(r"[가-힣]+|[^\W가-힣]+")

# Endings that say nothing about the matter, so that 라떼는 and 라떼가 are one word.
ENDING = re.compile(
    r"(?:(?<=.)(?:습니까|습니다|합니까|합니다|입니까|입니다|인가요|은가요|는가요|나요|가요|이에요|예요|에요|할까요|을까요|까요"
    r"|시나요|하나요|되나요|어요|아요|해요|돼요|는지|인지|는데요?|은데요?|는요|은요"
    r"|에서|에는|에도|으로도?|까지요?|부터요?|은|는|을|를|에)"
    r"|(?<=..)(?:이랑|이요|이|가|도|로|의|랑|와|과|만|요|죠))$"
)
# Words that ask or point: they rank passages, but do not make one an answer.
ASKING = set(
    "그럼 그러면 그건 그거 그게 그것 이건 이거 거기 여기 저기 그리고 얼마 얼마나 가격 값 요금 뭐 뭐가 뭐야 뭔 뭘 무엇 무슨"
    " 어떤 어때 어디 언제 몇 몇시 왜 누가 어느 또 더"
    " how what when where which why who much many that it then and price".split()
)
# Words that are merely polite, or in every question. They count a little where passages are ranked.
COMMON = re.compile(
    r"있.*|없.*|되.*|된.*|될.*|돼.*|하|할|한|해.*|하[는고려면세시신실].*|싶.*|알려.*|알고|가르쳐.*|가능.*|궁금.*|부탁.*|말해.*"
    r"|주|주나|주세|주실.*|줘|들어.*|가도|가면|갈|데리고|데려.*|마실|마시.*|쓸|넣.*|나와|팔아?|파|판매.*|추천.*|괜찮.*|같.*|어떻.*|다른|말고|대신|너무|좀.*"
    r"|수|것|거|게|건|데|제|저|나|내|혹시|안|지금|오늘|정말|안녕.*|반가.*|감사.*|고마.*"
    r"|the|an?|is|are|am|does|do|did|you|your|have|has|i|me|my|we|to|of|for|in|on|at|can|could|please|there"
    r"|about|tell|or|with|any|s|hi|hello|thanks?"
)
# How a message begins or ends that goes on from the one before, even though it has a matter of its own.
GOING_ON = re.compile(
    r"\s*(?:그럼|그러면|그건|그거|그게|그리고|거기|and\b|then\b|what about\b|how about\b)|.*[은는]요\W*$", re.DOTALL
)


def tidy(text):
    """The text, the same whichever way its letters were put together."""
    return unicodedata.normalize("NFKC", text[:MESSAGE_CHARACTERS]).casefold()


def words_of(text):
    """The words of a tidy text, without endings."""
    words = []
    for word in WORD.findall(text):
        if is_hangul(word):
            words.append(ENDING.sub("", word))
        else:
            words.append(word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return words


def is_hangul(word):
    return "가" <= word[0] <= "힣"


def is_syllable(word):
    return is_hangul(word) and len(word) == 1


def terms_of(word):
    """What is looked up of a word: pairs of syllables for Hangul, else the word."""
    if is_hangul(word) and len(word) > 1:
        return [word[i : i + 2] for i in range(len(word) - 1)]
    return [word]


def count_terms(text):
    return Counter(term for word in words_of(tidy(text)) for term in terms_of(word))


class BadFile(Exception):
    pass


def read_passages(path):
    """The file's entries: a list of (questions, answer). Raises BadFile or OSError."""
    passages = []
    questions, answer, begun = [], [], 0

    def close():
        if questions and not any(answer):
            raise BadFile(f"line {begun}: a question without an answer")
        if questions:
            passages.append((questions, "\n".join(answer)))

    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            line = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            raise BadFile(f"line {number}: not UTF-8") from None
        if line.startswith("#"):
            continue
        if not line:
            close()
            questions, answer = [], []
        elif line.startswith("Q:") and line[2:].strip() and not answer:
            begun = begun if questions else number
            questions.append(line[2:].strip())
        elif line.startswith("A:") and questions and not answer:
            answer.append(line[2:].strip())
        elif answer and not line.startswith(("Q:", "A:")):
            answer.append(line)
        else:
            raise BadFile(f"line {number}: expected is Q: with a question, or A: behind it, or an empty line")
    close()
    if not passages:
        raise BadFile("there is no question in it")
    return passages


class Library:
    """The passages, and how often each term is in each: BM25, where a question's words count twice."""

    def __init__(self, passages):
        self.otherwise = None
        self.answers = []
        self.questions = []  # the keys of each
        self.asked = []  # how often each term is in a passage's questions,
        self.counts = []  # and in all of it
        for questions, answer in passages:
            if questions == ["*"]:
                self.otherwise = answer
                continue
            asked = count_terms(" ".join(questions))
            self.answers.append(answer)
            self.questions.append([Question(question, []).key for question in questions])
            self.asked.append(asked)
            self.counts.append(asked + asked + count_terms(answer))
        self.lengths = [sum(counts.values()) for counts in self.counts]
        self.mean_length = sum(self.lengths) / max(len(self.lengths), 1)
        self.holders = Counter(term for counts in self.counts for term in counts)

    def weight(self, term):
        """How rare the term is; most of all when it is nowhere."""
        return math.log(1 + (len(self.counts) + 0.5) / (self.holders[term] + 0.5))

    def score(self, index, term):
        count = self.counts[index][term]
        length = self.lengths[index] / self.mean_length
        return self.weight(term) * count * 2.2 / (count + 1.2 * (0.6 + 0.4 * length))

    def share(self, index, word):
        """How much of a word the passage has. Of Hangul its beginning is enough: what follows is often an ending."""
        terms = terms_of(word)
        for counts, value in ((self.asked[index], 1), (self.counts[index], ONLY_IN_ANSWER)):
            found = [term for term in terms if counts[term]]
            if found:
                return value * (1 if terms[0] in found else len(found) / len(terms))
        return 0

    def covers(self, index, words):
        """The share of the words, by weight, that the passage has. One syllable is mostly a verb's, and counts half."""
        weights = {word: self.weight(terms_of(word)[0]) / (2 if is_syllable(word) else 1) for word in words}
        return sum(weight * self.share(index, word) for word, weight in weights.items()) / sum(weights.values())

    def look_up(self, question):
        """The best answers; none where no passage has enough of the question's words."""
        for index, questions in enumerate(self.questions):
            if question.key and question.key in questions and not question.goes_on:
                return [self.answers[index]]
        ranked = []
        for index in range(len(self.answers)):
            score = sum(factor * self.score(index, term) for term, factor in question.terms.items())
            covered = self.covers(index, question.own) if question.own else 0
            if covered >= ENOUGH:
                # What was said before may count for more than the message's own words.
                ranked.append((score if question.goes_on else score * covered, covered, index))
        ranked.sort(key=lambda passage: -passage[0])
        return [
            self.answers[index]
            for score, covered, index in ranked[: 1 if question.goes_on else PASSAGES]
            if score >= NEARLY_AS_GOOD * ranked[0][0] and covered >= NEARLY_AS_GOOD * ranked[0][1]
        ]


class Question:
    """What a message asks for. One that only asks ("how much is it?") is about what was said before it.

    own       words that an answer must have
    key       the same for questions that differ in their polite words only
    terms     what to look up, and what each counts
    goes_on   whether earlier messages were needed
    """

    def __init__(self, message, earlier):
        """Of the earlier messages, the newest comes first."""
        message = tidy(message)
        words = words_of(message)
        self.own = self.matter_of(words)
        self.terms = {}
        self.goes_on = False
        asking = [word for word in words if word in ASKING]
        self.key = sorted(set(self.own + asking or words))
        self.add(self.own + asking, 1)
        if GOING_ON.match(message) or (asking and not self.own):
            self.go_on(earlier[:EARLIER_MESSAGES])
        if not self.own:
            self.own = words
        self.add(words, POLITE if self.terms else 1)

    @staticmethod
    def matter_of(words):
        return [word for word in words if word not in ASKING and not COMMON.fullmatch(word)]

    def add(self, words, factor):
        for word in words:
            for term in terms_of(word):
                self.terms.setdefault(term, factor)

    def go_on(self, earlier):
        factor = 1
        for text in map(tidy, earlier):
            before = self.matter_of(words_of(text))
            self.add(before, factor)
            factor *= DECAY
            self.goes_on = self.goes_on or bool(before)
            self.own = self.own or before
            if before and not GOING_ON.match(text):
                break


def read_request(stream):
    """The message, and the visitors' messages before it, newest first. Raises ValueError."""
    data = stream.read(REQUEST_BYTES + 1)
    if len(data) > REQUEST_BYTES:
        raise ValueError("too long")
    try:
        request = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(request, dict) or not isinstance(request.get("message"), str):
        raise ValueError('no object with a "message"')
    history = request.get("history")
    if history is None:
        history = []
    if not isinstance(history, list):
        raise ValueError('"history" is not a list')
    earlier = [
        event["text"]
        for event in history
        if isinstance(event, dict) and event.get("role") == "user" and isinstance(event.get("text"), str)
    ]
    return request["message"], earlier[::-1]


def main(arguments):
    path = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parent / "cafe.txt"
    # Whatever the locale is.
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        library = Library(read_passages(path))
    except (BadFile, OSError) as error:
        return f"answers.py: {path}: {getattr(error, 'strerror', None) or error}"
    try:
        message, earlier = read_request(sys.stdin.buffer)
    except ValueError as error:
        return f"answers.py: the request is not as expected: {error}"
    answers = library.look_up(Question(message, earlier))
    if not answers:
        answers = [library.otherwise or ("모르겠습니다." if re.search("[가-힣]", message) else "I do not know.")]
    print("\n\n".join(answers))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
