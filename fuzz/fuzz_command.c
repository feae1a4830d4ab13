/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command parses and shows by itself: UTF-8 and what is safe to show of it, words for a shell, options and
 * their values, FIELD=VALUE, broken lines. The first byte says which, the others are the text. Each is judged by a slow
 * model that shares no code with the command: tables of the Unicode standard, comparisons of decimal strings, a getopt
 * of its own. The command's messages come here instead of to standard error.
 */
#define _GNU_SOURCE 1
#include "../src/cmd/args.h"
#include "../src/cmd/escape.h"
#include "../src/cmd/set.h"
#include "../src/cmd/style.h"
#include "fuzz_check.h"

#include <getopt.h>
#include <locale.h>
#include <wchar.h>

enum { LONGEST = 1024 };

/* ---- Messages ---- */

static struct {
    unsigned count;
    char sentence[128], what[LONGEST + 8], known[2048];
} told;

enum cmd_status cmd_usage_error(const char *command, const char *sentence, const char *what)
{
    return cmd_usage_error_known(command, sentence, what, "");
}

enum cmd_status cmd_usage_error_known(const char *command, const char *sentence, const char *what, const char *known)
{
    FUZZ_CHECK(strcmp(command, "vmclock fuzz") == 0);
    told.count++;
    snprintf(told.sentence, sizeof told.sentence, "%s", sentence);
    snprintf(told.what, sizeof told.what, "%s", what != NULL ? what : "(none)");
    snprintf(told.known, sizeof told.known, "%s", known);
    return CMD_USAGE;
}

FUZZ_NOT_COVERED

/* ---- What is printed ---- */

static char printed[160 * LONGEST]; /* each letter on a line of its own, far to the right */

static FILE *print_begin(void)
{
    FILE *const to = fmemopen(printed, sizeof printed, "w");

    FUZZ_CHECK(to != NULL);
    memset(printed, 0, 16);
    return to;
}

static size_t print_end(FILE *to)
{
    const long len = ftell(to);

    FUZZ_CHECK(len >= 0 && (size_t)len < sizeof printed - 1);
    FUZZ_CHECK(fclose(to) == 0);
    printed[len] = '\0';
    FUZZ_CHECK(strlen(printed) == (size_t)len);
    return (size_t)len;
}

/* ---- UTF-8 ---- */

/* Unicode 15.1, table 3-7: a range for each byte of the well-formed sequences. */
static const unsigned char well_formed[][4][2] = {
    {{0x01, 0x7f}},
    {{0xc2, 0xdf}, {0x80, 0xbf}},
    {{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}},
    {{0xe1, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}},
    {{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}},
};

/* The length of the sequence, or of its maximal subpart; its number, or UINT32_MAX. */
static size_t decode(const unsigned char *s, uint32_t *code)
{
    static const uint32_t less[] = {0, 0, 0x3080, 0xe2080, 0x3c82080}; /* what the marks of the bytes add up to */
    size_t longest = 1;

    *code = UINT32_MAX;
    for (size_t i = 0; i < sizeof well_formed / sizeof *well_formed; i++) {
        size_t length = 1, n = 0;
        uint32_t sum = 0;

        while (length < 4 && well_formed[i][length][1] != 0)
            length++;
        for (; n < length && s[n] >= well_formed[i][n][0] && s[n] <= well_formed[i][n][1]; n++)
            sum = sum * 64 + s[n];
        if (n == length) {
            *code = sum - less[n];
            return n;
        }
        longest = n > longest ? n : longest;
    }
    return longest;
}

static bool is_invisible(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x01, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    bool found = false;

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        found = found || (code >= ranges[i][0] && code <= ranges[i][1]);
    return found;
}

static unsigned hex_digit(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* Takes one byte of \xNN. */
static unsigned char unescape(const char *s)
{
    FUZZ_CHECK(s[0] == '\\' && s[1] == 'x' && hex_digit(s[2]) < 16 && hex_digit(s[3]) < 16);
    return (unsigned char)(hex_digit(s[2]) * 16 + hex_digit(s[3]));
}

/* What is shown is well-formed, visible, unambiguous, and changed only where it has to be. */
static void check_escaped(const char *text, bool is_utf8)
{
    const unsigned char *s = (const unsigned char *)text, *out = (const unsigned char *)printed;
    FILE *const to = print_begin();
    const unsigned columns = cmd_put_escaped(to, text);
    unsigned wanted = 0;

    (void)print_end(to);
    while (*s != '\0') {
        uint32_t code, found;
        const size_t n = decode(s, &code);
        bool is_safe = code != UINT32_MAX && code != '\\' && !is_invisible(code);

        FUZZ_CHECK(cmd_utf8((const char *)s, &found) == n && found == code);
        for (size_t i = 0; i < n; i++)
            is_safe = is_safe && (is_utf8 || !(s[i] >= 0x80 && s[i] <= 0x9f));
        if (is_safe) {
            const int width = is_utf8 ? wcwidth((wchar_t)code) : 1;

            FUZZ_CHECK(memcmp(out, s, n) == 0);
            out += n;
            wanted += width < 0 ? 1 : (unsigned)width;
        } else
            for (size_t i = 0; i < n; i++, out += 4, wanted += 4)
                FUZZ_CHECK(unescape((const char *)out) == s[i]);
        s += n;
    }
    FUZZ_CHECK(*out == '\0' && columns == wanted);
}

/* In a locale of 8 bits, and in one of UTF-8 where there is one. */
static void check_escaped_in_locales(const char *text)
{
    static locale_t utf8, before;

    check_escaped(text, false);
    if (utf8 == (locale_t)0)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 == (locale_t)0)
        return;
    before = uselocale(utf8);
    check_escaped(text, true);
    (void)uselocale(before);
}

/* ---- Words for a shell ---- */

/* Reads one word as bash does; what a shell might take for something else may not stand outside quotes. */
static void read_word(char *word)
{
    const char *s = printed;
    enum { BARE, SINGLE, DOLLAR } state = BARE;

    while (*s != '\0') {
        FUZZ_CHECK(*s >= ' ' && *s <= '~');
        if (state == BARE && strncmp(s, "$'", 2) == 0) {
            state = DOLLAR;
            s += 2;
        } else if (*s == '\'') {
            state = state == BARE ? SINGLE : BARE;
            s++;
        } else if (state == BARE && *s == '\\') {
            FUZZ_CHECK(s[1] == '\'');
            *word++ = s[1];
            s += 2;
        } else if (state == DOLLAR && *s == '\\' && s[1] != 'x') {
            FUZZ_CHECK(s[1] == '\'' || s[1] == '\\');
            *word++ = s[1];
            s += 2;
        } else if (state == DOLLAR && *s == '\\') {
            *word++ = (char)unescape(s);
            s += 4;
        } else {
            FUZZ_CHECK(state != BARE || strchr(" !\"#$&()*;<=>?[\\]^`{|}~", *s) == NULL);
            *word++ = *s++;
        }
    }
    *word = '\0';
    FUZZ_CHECK(state == BARE);
}

static void check_word(const char *text)
{
    static char word[LONGEST + 8];
    const bool is_option = text[0] == '-' && text[1] != '\0';
    FILE *const to = print_begin();

    cmd_put_shell_word(to, text);
    FUZZ_CHECK(print_end(to) > 0);
    FUZZ_CHECK(cmd_is_plain_word(text) == (strcmp(printed, text) == 0));
    read_word(word);
    FUZZ_CHECK(strncmp(word, "./", is_option ? 2 : 0) == 0);
    FUZZ_CHECK(strcmp(word + (is_option ? 2 : 0), text) == 0);
}

/* ---- Numbers ---- */

static bool all_of(const char *s, size_t n, const char *set)
{
    return strspn(s, set) >= n;
}

/* A number of n characters, by length and by comparing strings; strtoull() gives its value. */
static bool model_number(const char *s, size_t n, uint64_t *value)
{
    const bool is_hex = n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    const char *digits = s + (is_hex ? 2 : 0);
    size_t len = n - (is_hex ? 2 : 0);
    char text[24];

    if (len == 0 || !all_of(digits, len, is_hex ? "0123456789abcdefABCDEF" : "0123456789"))
        return false;
    for (; len > 1 && *digits == '0'; len--)
        digits++;
    if (len > (is_hex ? 16 : 20) ||
        (!is_hex && len == 20 && strncmp(digits, "18446744073709551615", 20) > 0))
        return false;
    memcpy(text, digits, len);
    text[len] = '\0';
    *value = strtoull(text, NULL, is_hex ? 16 : 10);
    return true;
}

static bool model_size(const char *s, uint64_t *value)
{
    static const char suffixes[] = "KMG";
    size_t n = strlen(s);
    const char *const suffix = n > 0 ? strchr(suffixes, s[n - 1]) : NULL;

    if (!model_number(s, n - (suffix != NULL), value))
        return false;
    for (const char *at = suffixes; suffix != NULL && at <= suffix; at++) {
        if (*value > UINT64_MAX / 1024)
            return false;
        *value *= 1024;
    }
    return true;
}

static bool model_seconds(const char *s, uint64_t *ns)
{
    const size_t n = strlen(s), point = strcspn(s, ".");
    const size_t fraction = point < n ? n - point - 1 : 0;
    char text[24];

    if (n > 19 || point > 9 || fraction > 9 || point + fraction == 0 || !all_of(s, point, "0123456789") ||
        !all_of(s + point + (point < n), fraction, "0123456789"))
        return false;
    snprintf(text, sizeof text, "%.*s%.*s%.*s", (int)point, s, (int)fraction, s + point + (point < n),
             (int)(9 - fraction), "000000000");
    *ns = strtoull(text, NULL, 10);
    return true;
}

/* ---- Options ---- */

static struct values {
    bool strict, force, has_number;
    uint64_t number, size, seconds;
    unsigned format, choice;
    char taken[64];
} values;

static enum cmd_status take_text(const char *command, const char *text, void *to)
{
    FUZZ_CHECK(strcmp(command, "vmclock fuzz") == 0);
    snprintf(to, sizeof values.taken, "%s", text);
    return text[0] == '!' ? CMD_USAGE : CMD_OK;
}

static const char *const choices[] = {"none", "new", "newer", NULL};
static const struct cmd_option options[] = {
    {.name = "strict", .kind = CMD_FLAG, .to = &values.strict},
    {.name = "number", .kind = CMD_NUMBER, .to = &values.number, .given = &values.has_number, .low = 3,
     .high = 0x7fffffff, .refusal = "number"},
    {.name = "size", .kind = CMD_SIZE, .to = &values.size, .high = UINT64_MAX, .refusal = "size"},
    CMD_FORMAT_OPTION(&values.format),
    {.name = "seconds", .kind = CMD_SECONDS, .to = &values.seconds, .refusal = "seconds"},
    {.name = "choice", .kind = CMD_CHOICE, .to = &values.choice, .choices = choices, .refusal = "choice"},
    {.name = "set", .kind = CMD_OTHER, .to = values.taken, .take = take_text},
    {.name = "force", .kind = CMD_FLAG, .to = &values.force},
};
static const struct cmd_syntax syntax = {"", options, sizeof options / sizeof *options, 0, 1000, "few", "many"};

/* What the command is to make of the arguments. */
static struct model {
    struct values values;
    bool goes_on;
    const char *sentence; /* of the message; NULL: none */
    const char *what;
    const char *operands[64];
    unsigned count;
} model;

static bool model_fails(const char *sentence, const char *what)
{
    model.sentence = sentence;
    model.what = what;
    return false;
}

/* The value of an option, by its name. */
static bool model_take(const char *name, const char *text)
{
    uint64_t number = 0;

    if (strcmp(name, "number") == 0) {
        if (!model_number(text, strlen(text), &number) || number < 3 || number > 0x7fffffff)
            return model_fails("number", text);
        model.values.number = number;
        model.values.has_number = true;
    } else if (strcmp(name, "size") == 0) {
        if (!model_size(text, &number))
            return model_fails("size", text);
        model.values.size = number;
    } else if (strcmp(name, "seconds") == 0) {
        if (!model_seconds(text, &number))
            return model_fails("seconds", text);
        model.values.seconds = number;
    } else if (strcmp(name, "format") == 0) {
        if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0)
            return model_fails("the format is neither text nor json", text);
        model.values.format = text[0] == 'j';
    } else if (strcmp(name, "choice") == 0) {
        while (number < 3 && strcmp(choices[number], text) != 0)
            number++;
        if (number == 3)
            return model_fails("choice", text);
        model.values.choice = (unsigned)number;
    } else {
        snprintf(model.values.taken, sizeof model.values.taken, "%s", text);
        return text[0] != '!';
    }
    return true;
}

static const char *const names[] = {"strict", "number", "size", "format", "seconds", "choice", "set", "force", "help",
                                    "version"};

/* The option that a word may be short for; NULL: none, or more than one. */
static const char *model_find(const char *name, size_t n)
{
    const char *found = NULL;
    unsigned count = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(names[i], name, n) == 0) {
            if (strlen(names[i]) == n)
                return names[i];
            found = names[i];
            count++;
        }
    return count == 1 ? found : NULL;
}

/* "--name", "--name=value"; *next: the word behind it, or NULL. */
static bool model_long(const char *word, const char *const next, unsigned *used)
{
    const size_t n = strcspn(word + 2, "=");
    const char *const name = model_find(word + 2, n), *const value = word[2 + n] == '=' ? word + 3 + n : NULL;
    const bool takes = name != NULL && strchr("fhv", name[0]) == NULL && strcmp(name, "strict") != 0;

    if (name == NULL)
        return model_fails("unknown or ambiguous option", word);
    if (takes || strcmp(name, "format") == 0) {
        *used += value == NULL;
        return value == NULL && next == NULL ? model_fails("this option needs a value", word)
                                             : model_take(name, value != NULL ? value : next);
    }
    if (value != NULL)
        return model_fails("this option takes no value", word);
    model.values.strict = model.values.strict || strcmp(name, "strict") == 0;
    model.values.force = model.values.force || strcmp(name, "force") == 0;
    return name[0] != 'h' && name[0] != 'v';
}

/* "-f", "-fjson": the first letter decides, since all others end it. */
static bool model_short(const char *word, const char *const next, unsigned *used)
{
    static char letter[3] = "-";

    letter[1] = word[1];
    if (word[1] == 'h')
        return false;
    if (word[1] != 'f')
        return model_fails("unknown or ambiguous option", letter);
    if (word[2] != '\0')
        return model_take("format", word + 2);
    *used += 1;
    return next == NULL ? model_fails("this option needs a value", letter) : model_take("format", next);
}

static void model_arguments(unsigned count, char **words)
{
    bool ended = false;

    memset(&model, 0, sizeof model);
    model.goes_on = true;
    for (unsigned i = 0; i < count && model.goes_on; i++) {
        const char *const word = words[i], *const next = words[i + 1];

        if (ended || word[0] != '-' || word[1] == '\0')
            model.operands[model.count++] = word;
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (word[1] == '-')
            model.goes_on = model_long(word, next, &i);
        else
            model.goes_on = model_short(word, next, &i);
    }
}

/* Words end with a newline. */
static void check_arguments(char *text)
{
    static char name[] = "vmclock fuzz";
    static char *words[64], *shuffled[64];
    char *const *operands = NULL;
    enum cmd_status status;
    unsigned count = 0;
    int operand_count = 0;
    bool goes_on;

    words[count++] = name;
    for (char *at = text; at != NULL && count < 62;) {
        char *const end = strchr(at, '\n');

        if (end != NULL)
            *end = '\0';
        if (strncmp(at, "--v", 3) == 0)
            return; /* it would be printed */
        words[count++] = at;
        at = end != NULL ? end + 1 : NULL;
    }
    words[count] = NULL;
    memcpy(shuffled, words, sizeof words); /* operands go to the end */
    model_arguments(count - 1, words + 1);
    memset(&values, 0, sizeof values);
    optind = 0;
    goes_on = cmd_args((int)count, shuffled, &syntax, &operands, &operand_count, &status);
    FUZZ_CHECK(goes_on == model.goes_on);
    FUZZ_CHECK(memcmp(&values.strict, &model.values.strict, sizeof(bool)) == 0 && values.force == model.values.force &&
               values.has_number == model.values.has_number && values.number == model.values.number &&
               values.size == model.values.size && values.seconds == model.values.seconds &&
               values.format == model.values.format && values.choice == model.values.choice &&
               strcmp(values.taken, model.values.taken) == 0);
    FUZZ_CHECK(told.count == (model.sentence != NULL));
    FUZZ_CHECK(model.sentence == NULL ||
               (status == CMD_USAGE && strcmp(told.sentence, model.sentence) == 0 &&
                strcmp(told.what, model.what) == 0));
    if (!goes_on)
        return;
    FUZZ_CHECK(status == CMD_OK && operand_count == (int)model.count);
    for (unsigned i = 0; i < model.count; i++)
        FUZZ_CHECK(operands[i] == model.operands[i]);
}

/* ---- FIELD=VALUE ---- */

static const struct field {
    const char *name;
    enum vmclock_field field;
    unsigned bits;
    const char *values; /* of the numbers from 0 on; of flags of the bits */
} fields[] = {
    {"magic", VMCLOCK_FIELD_MAGIC, 32, ""},
    {"size", VMCLOCK_FIELD_SIZE, 32, ""},
    {"version", VMCLOCK_FIELD_VERSION, 16, ""},
    {"counter_id", VMCLOCK_FIELD_COUNTER_ID, 8, "ARM_VCNT X86_TSC"},
    {"time_type", VMCLOCK_FIELD_TIME_TYPE, 8, "UTC TAI MONOTONIC INVALID_SMEARED INVALID_MAYBE_SMEARED"},
    {"disruption_marker", VMCLOCK_FIELD_DISRUPTION_MARKER, 64, ""},
    {"flags", VMCLOCK_FIELD_FLAGS, 64,
     "TAI_OFFSET_VALID DISRUPTION_SOON DISRUPTION_IMMINENT PERIOD_ESTERROR_VALID PERIOD_MAXERROR_VALID "
     "TIME_ESTERROR_VALID TIME_MAXERROR_VALID TIME_MONOTONIC VM_GEN_COUNTER_PRESENT NOTIFICATION_PRESENT"},
    {"pad", VMCLOCK_FIELD_PAD, 16, ""},
    {"clock_status", VMCLOCK_FIELD_CLOCK_STATUS, 8, "UNKNOWN INITIALIZING SYNCHRONIZED FREERUNNING UNRELIABLE"},
    {"leap_second_smearing_hint", VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, 8, "STRICT NOON_LINEAR UTC_SLS"},
    {"tai_offset_sec", VMCLOCK_FIELD_TAI_OFFSET_SEC, 0, ""},
    {"leap_indicator", VMCLOCK_FIELD_LEAP_INDICATOR, 8, "NONE PRE_POS PRE_NEG POS POST_POS POST_NEG"},
    {"counter_period_shift", VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, 8, ""},
    {"counter_value", VMCLOCK_FIELD_COUNTER_VALUE, 64, ""},
    {"counter_period_frac_sec", VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 64, ""},
    {"counter_period_esterror_rate_frac_sec", VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 64, ""},
    {"counter_period_maxerror_rate_frac_sec", VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 64, ""},
    {"time_sec", VMCLOCK_FIELD_TIME_SEC, 64, ""},
    {"time_frac_sec", VMCLOCK_FIELD_TIME_FRAC_SEC, 64, ""},
    {"time_esterror_nanosec", VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, 64, ""},
    {"time_maxerror_nanosec", VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 64, ""},
    {"vm_generation_counter", VMCLOCK_FIELD_VM_GENERATION_COUNTER, 64, ""},
};

/* The place of a word in a list of words, one space apart; -1: it is none of them. */
static int place_of(const char *list, const char *word, size_t n)
{
    for (int place = 0; *list != '\0'; place++) {
        const size_t len = strcspn(list, " ");

        if (len == n && strncmp(list, word, n) == 0)
            return place;
        list += len + (list[len] == ' ');
    }
    return -1;
}

static bool model_part(const struct field *field, const char *s, size_t n, uint64_t *value)
{
    const int place = place_of(field->values, s, n);

    if (n >= 64)
        return false;
    if (place >= 0) {
        *value = field->field == VMCLOCK_FIELD_FLAGS ? UINT64_C(1) << place : (uint64_t)place;
        return true;
    }
    if (field->field == VMCLOCK_FIELD_COUNTER_ID && n == 7 && strncmp(s, "INVALID", 7) == 0) {
        *value = 255;
        return true;
    }
    if (field->bits != 0)
        return model_number(s, n, value) && (field->bits == 64 || *value >> field->bits == 0);
    if (n > 0 && *s == '-') {
        if (!model_number(s + 1, n - 1, value) || *value > 32768)
            return false;
        *value = ~*value + 1;
        return true;
    }
    return model_number(s, n, value) && *value <= 32767;
}

static bool model_value(const struct field *field, const char *s, uint64_t *value)
{
    uint64_t part = 0;

    *value = 0;
    for (;;) {
        const size_t n = field->field == VMCLOCK_FIELD_FLAGS ? strcspn(s, "|") : strlen(s);

        if (!model_part(field, s, n, &part))
            return false;
        *value |= part;
        if (s[n] == '\0')
            return true;
        s += n + 1;
    }
}

static void check_set(const char *text)
{
    static struct cmd_set set;
    const size_t n = strcspn(text, "=");
    const struct field *field = NULL;
    const char *wanted = NULL;
    uint64_t value = 0;
    unsigned given = 0;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strlen(fields[i].name) == n && strncmp(fields[i].name, text, n) == 0)
            field = &fields[i];
    if (text[n] == '\0')
        wanted = "this sets nothing, it is not FIELD=VALUE";
    else if (n == 9 && strncmp(text, "seq_count", n) == 0)
        wanted = "seq_count cannot be set, it counts the updates";
    else if (field == NULL)
        wanted = "the page has no such field";
    else if (!model_value(field, text + n + 1, &value))
        wanted = "the value is no number or name that the field can hold";
    memset(&set, 0, sizeof set);
    FUZZ_CHECK(cmd_set_take("vmclock fuzz", text, &set) == (wanted == NULL ? CMD_OK : CMD_USAGE));
    for (unsigned i = 0; i < VMCLOCK_FIELD_END; i++)
        given += set.given[i];
    FUZZ_CHECK(given == (wanted == NULL) && told.count == (wanted != NULL));
    if (wanted == NULL) {
        FUZZ_CHECK(set.given[field->field] && set.values[field->field] == value);
        return;
    }
    FUZZ_CHECK(strcmp(told.sentence, wanted) == 0 && strcmp(told.what, text) == 0);
    /* What there is instead is a whole sentence, and about this field. */
    FUZZ_CHECK(told.known[0] == '\0' || told.known[strlen(told.known) - 1] == '.');
    FUZZ_CHECK((told.known[0] != '\0') == (wanted[0] == 't' && wanted[2] == 'e'));
    FUZZ_CHECK(field == NULL || told.known[0] == '\0' || strncmp(told.known, field->name, n) == 0);
}

/* ---- Broken lines ---- */

/* Makes it what cmd_put_wrapped() takes: words of ASCII, one space apart. True where there is more than letters. */
static bool make_words(char *text)
{
    bool has_phrases = false;
    char *to = text;

    for (const char *c = text; *c != '\0'; c++) {
        const char shown = *c < ' ' || *c > '~' ? ' ' : *c;

        has_phrases = has_phrases || strchr("0123456789|`", shown) != NULL;
        if (shown != ' ' || to == text || to[-1] != ' ' || strspn(text, " ") == (size_t)(to - text))
            *to++ = shown;
    }
    while (to > text && to[-1] == ' ')
        to--;
    *to = '\0';
    return has_phrases;
}

/* Words come out as they went in, one space or one line apart, and no line is longer than it has to be. */
static void check_wrapped(char *text)
{
    struct fuzz_choice choice = fuzz_choose_by((const uint8_t *)text, strlen(text));
    const unsigned width = 1 + fuzz_pick(&choice, 130), indent = fuzz_pick(&choice, width);
    const unsigned at = indent + fuzz_pick(&choice, 140);
    const bool has_phrases = make_words(text);
    unsigned column = at;
    const char *in = text, *line;
    FILE *const to = print_begin();

    cmd_put_wrapped(to, text, at, indent, width);
    FUZZ_CHECK(printed[print_end(to) - 1] == '\n');
    for (const char *out = printed; *out != '\0';) {
        if (*out == ' ' || *out == '\n')
            out++;
        else if (*in == ' ' || *in == '`')
            in++;
        else
            FUZZ_CHECK(*out++ == *in++);
    }
    FUZZ_CHECK(strspn(in, " `") == strlen(in));
    for (line = printed; *line != '\0' && !has_phrases; column = 0) {
        const size_t n = strcspn(line, "\n"), spaces = strspn(line, " ");

        FUZZ_CHECK(line == printed || spaces == indent);
        FUZZ_CHECK(n == 0 || line[n - 1] != ' ');
        /* Too long is only one word alone. */
        FUZZ_CHECK(column + n <= width || n == 0 || strcspn(line + spaces, " \n") == n - spaces);
        line += n + 1;
    }
}

FUZZ_COVERED

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[LONGEST + 1];
    size_t len = 0;

    if (size == 0)
        return 0;
    while (len < LONGEST && len + 1 < size && data[1 + len] != '\0')
        len++;
    memcpy(text, data + 1, len);
    text[len] = '\0';
    memset(&told, 0, sizeof told);
    switch (data[0] % 5) {
    case 0:
        check_escaped_in_locales(text);
        break;
    case 1:
        check_word(text);
        break;
    case 2:
        check_arguments(text);
        break;
    case 3:
        check_set(text);
        break;
    default:
        check_wrapped(text);
        break;
    }
    return 0;
}
