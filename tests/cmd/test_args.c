/* SPDX-License-Identifier: BSD-2-Clause */
/* Options: what each kind takes, at both ends of its range, in every place, and what is said of wrong ones. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "../../src/cmd/args.h"

#include <getopt.h>

#include "../suite.h"
#include "capture.h"

/* A subcommand with an option of every kind. */
static struct {
    bool flag, forced, has_number, has_taken;
    uint64_t number, size, seconds;
    unsigned choice, format;
    char taken[64];
} values;

static enum cmd_status take_text(const char *command, const char *text, void *to)
{
    TEXT(command, "vmclock try");
    if (strcmp(text, "bad") == 0)
        return CMD_USAGE;
    (void)strncat(to, text, 8);
    return CMD_OK;
}

static const char *const choices[] = {"none", "one", "other", NULL};
static const struct cmd_option options[] = {
    {.name = "flag", .kind = CMD_FLAG, .to = &values.flag},
    {.name = "number",
     .kind = CMD_NUMBER,
     .to = &values.number,
     .given = &values.has_number,
     .low = 5,
     .high = 1000,
     .refusal = "no number"},
    {.name = "size", .kind = CMD_SIZE, .to = &values.size, .high = UINT64_MAX, .refusal = "no size"},
    CMD_FORMAT_OPTION(&values.format),
    {.name = "seconds", .kind = CMD_SECONDS, .to = &values.seconds, .refusal = "no seconds"},
    {.name = "choice", .kind = CMD_CHOICE, .to = &values.choice, .choices = choices, .refusal = "no choice"},
    {.name = "take", .kind = CMD_OTHER, .to = values.taken, .given = &values.has_taken, .take = take_text},
    {.name = "forced", .kind = CMD_FLAG, .to = &values.forced},
};
static const struct cmd_syntax syntax = {"help text\n", options,   sizeof options / sizeof *options, 1, 2,
                                         "too few",     "too many"};

/* What became of one call. */
static struct {
    bool goes_on;
    enum cmd_status status;
    char *const *operands;
    int count;
    char out[2048], err[2048];
} call;

/* Arguments of a line, one space apart; '~' stands for an empty one. */
static void give(const struct cmd_syntax *to, const char *line)
{
    static char text[512], name[] = "vmclock try";
    static char *arguments[32];
    struct capture out, err;
    int count = 1;

    (void)snprintf(text, sizeof text, "%s", line);
    arguments[0] = name;
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        arguments[count++] = strcmp(word, "~") == 0 ? word + 1 : word;
    arguments[count] = NULL;
    memset(&values, 0, sizeof values);
    memset(&call, 0, sizeof call);
    values.number = values.size = values.seconds = 77;
    values.choice = 7;
    optind = 0; /* GNU: from the start */
    out = capture_begin(stdout);
    err = capture_begin(stderr);
    call.goes_on = cmd_args(count, arguments, to, &call.operands, &call.count, &call.status);
    (void)capture_end(&err, call.err, sizeof call.err);
    (void)capture_end(&out, call.out, sizeof call.out);
}

static void accept(const char *line)
{
    give(&syntax, line);
    HOLDS_IN(line, call.goes_on);
    EQ_IN(line, call.status, CMD_OK);
    TEXT_IN(line, call.err, "");
    TEXT_IN(line, call.out, "");
}

static void refuse(const char *line, const char *message)
{
    char wanted[256];

    give(&syntax, line);
    (void)snprintf(wanted, sizeof wanted, "vmclock try: %s\nTry 'vmclock try --help'.\n", message);
    HOLDS_IN(line, !call.goes_on);
    EQ_IN(line, call.status, CMD_USAGE);
    TEXT_IN(line, call.err, wanted);
    TEXT_IN(line, call.out, "");
}

static void numbers_are_decimal_or_hexadecimal(void)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"0", 0},
        {"00", 0},
        {"7", 7},
        {"0017", 17},
        {"1234567890", 1234567890},
        {"0x0", 0},
        {"0X1f", 31},
        {"0xabcdef", 0xabcdef},
        {"0xABCDEF", 0xabcdef},
        {"0x0123456789", 0x123456789},
        {"0x00000000000000000000001", 1},
        {"18446744073709551609", UINT64_MAX - 6},
        {"18446744073709551614", UINT64_MAX - 1},
        {"18446744073709551615", UINT64_MAX},
        {"000018446744073709551615", UINT64_MAX},
        {"0xffffffffffffffff", UINT64_MAX},
        {"0x8000000000000000", UINT64_C(1) << 63},
    };
    static const char *const bad[] = {
        "",
        "x",
        "0x",
        "0X",
        "-1",
        "+1",
        "1 ",
        " 1",
        "1x",
        "0x1g",
        "0xg",
        "x1",
        "1.0",
        "1e3",
        "0b1",
        "1_0",
        "1K",
        "00x1",
        "18446744073709551616",
        "18446744073709551619",
        "18446744073709551620",
        "18446744073709551625",
        "27670116110564327424",
        "36893488147419103232",
        "99999999999999999999",
        "184467440737095516150",
        "0x10000000000000000",
        "0x1ffffffffffffffff",
    };
    uint64_t value;

    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        value = 99;
        HOLDS_IN(good[i].text, cmd_number(good[i].text, &value));
        EQ_IN(good[i].text, value, good[i].value);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        value = 99;
        HOLDS_IN(bad[i], !cmd_number(bad[i], &value));
        EQ_IN(bad[i], value, 99);
    }
}

/* Each byte alone, behind a digit, and behind 0x. */
static void every_byte_that_is_no_digit_is_refused(void)
{
    for (unsigned byte = 1; byte < 256; byte++) {
        const char alone[] = {(char)byte, '\0'}, behind[] = {'1', (char)byte, '\0'},
                   hex[] = {'0', 'x', (char)byte, '\0'};
        const bool is_digit = byte >= '0' && byte <= '9';
        const bool is_hex = is_digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
        const unsigned digit = is_digit ? byte - '0' : (byte | 0x20) - 'a' + 10;
        uint64_t value = 99;
        char row[16];

        (void)snprintf(row, sizeof row, "byte 0x%02x", byte);
        EQ_IN(row, cmd_number(alone, &value), is_digit);
        EQ_IN(row, value, is_digit ? digit : 99);
        EQ_IN(row, cmd_number(behind, &value), is_digit);
        value = 99;
        EQ_IN(row, cmd_number(hex, &value), is_hex);
        EQ_IN(row, value, is_hex ? digit : 99);
    }
}

static void a_number_lies_within_its_range(void)
{
    static const struct {
        const char *line;
        uint64_t value;
    } good[] = {{"--number=5 p", 5}, {"--number=1000 p", 1000}, {"--number 0x5 p", 5}, {"--num=7 p", 7}};
    static const char *const bad[] = {"4", "1001", "0", "~", "5K", "18446744073709551615", "18446744073709551620",
                                      "1K"};
    char line[64], message[64];

    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        accept(good[i].line);
        EQ_IN(good[i].line, values.number, good[i].value);
        HOLDS_IN(good[i].line, values.has_number);
    }
    accept("p");
    EQ(values.number, 77);
    HOLDS(!values.has_number);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(line, sizeof line, "--number %s p", bad[i]);
        (void)snprintf(message, sizeof message, "no number: '%s'", strcmp(bad[i], "~") == 0 ? "" : bad[i]);
        refuse(line, message);
        EQ_IN(line, values.number, 77);
        HOLDS_IN(line, !values.has_number);
    }
}

static void a_size_may_have_a_suffix(void)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"0", 0},
        {"0K", 0},
        {"3", 3},
        {"1K", 1024},
        {"1M", 1048576},
        {"1G", 1073741824},
        {"0x10K", 16384},
        {"0x1fM", 31 * 1048576},
        {"010K", 10240},
        {"18446744073709551615", UINT64_MAX},
        {"18014398509481983K", UINT64_C(18446744073709550592)},
        {"17592186044415M", UINT64_C(18446744073708503040)},
        {"17179869183G", UINT64_C(18446744072635809792)},
    };
    static const char *const bad[] = {
        "",
        "K",
        "M",
        "G",
        "1k",
        "1m",
        "1g",
        "1T",
        "1P",
        "1E",
        "1B",
        "1KK",
        "1KM",
        "1K ",
        "1K0",
        "1 K",
        "-1K",
        "0xK",
        "1.5K",
        "1Ki",
        "1KB",
        "18014398509481984K",
        "17592186044416M",
        "17179869184G",
        "18446744073709551615K",
        "18446744073709551616",
    };
    char line[64], message[64];

    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        (void)snprintf(line, sizeof line, "--size=%s p", good[i].text);
        accept(line);
        EQ_IN(line, values.size, good[i].value);
    }
    refuse("--size=0x3ffffffffffffG p", "no size: '0x3ffffffffffffG'");
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (strchr(bad[i], ' ') != NULL)
            continue; /* the black-box tests have those */
        (void)snprintf(line, sizeof line, "--size=%s p", bad[i]);
        (void)snprintf(message, sizeof message, "no size: '%s'", bad[i]);
        refuse(line, message);
        EQ_IN(line, values.size, 77);
    }
    /* Any byte behind a digit is one of the three suffixes, a digit, or wrong. */
    for (unsigned byte = 1; byte < 256; byte++) {
        const char text[] = {'-', '-', 's', 'i', 'z', 'e', '=', '1', (char)byte, ' ', 'p', '\0'};
        char row[16];

        if (byte == ' ')
            continue;
        (void)snprintf(row, sizeof row, "byte 0x%02x", byte);
        give(&syntax, text);
        EQ_IN(row, call.goes_on, strchr("0123456789KMG", (int)byte) != NULL);
    }
}

static void seconds_have_up_to_nine_digits_on_either_side(void)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {
        {"0", 0},
        {"1", 1000000000},
        {"1.", 1000000000},
        {".5", 500000000},
        {"0.5", 500000000},
        {"0.000000001", 1},
        {"0.100000000", 100000000},
        {"12.345678901", UINT64_C(12345678901)},
        {"000000007.25", UINT64_C(7250000000)},
        {"999999999", UINT64_C(999999999000000000)},
        {"999999999.999999999", UINT64_C(999999999999999999)},
        {".0", 0},
    };
    static const char *const bad[] = {
        "",           ".",          "-1",           "+1",           "1s", "1.5s", "1.5.2", "1..2", "1e3", "0x1",
        "1000000000", "0000000001", "0.0000000001", "1.1234567890", "a",  "1:0",  "1/0",   ".5x",  "inf", "1,5",
    };
    char line[64], message[64];

    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        (void)snprintf(line, sizeof line, "--seconds=%s p", good[i].text);
        accept(line);
        EQ_IN(line, values.seconds, good[i].ns);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(line, sizeof line, "--seconds=%s p", bad[i]);
        (void)snprintf(message, sizeof message, "no seconds: '%s'", bad[i]);
        refuse(line, message);
        EQ_IN(line, values.seconds, 77);
    }
}

static void a_choice_is_a_whole_word(void)
{
    static const char *const bad[] = {"~", "n", "non", "nonee", "None", "one,other", "others"};
    char line[64], message[64];

    for (unsigned i = 0; choices[i] != NULL; i++) {
        (void)snprintf(line, sizeof line, "--choice=%s p", choices[i]);
        accept(line);
        EQ_IN(line, values.choice, i);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(line, sizeof line, "--choice %s p", bad[i]);
        (void)snprintf(message, sizeof message, "no choice: '%s'", strcmp(bad[i], "~") == 0 ? "" : bad[i]);
        refuse(line, message);
        EQ_IN(line, values.choice, 7);
    }
}

static void what_takes_care_of_itself_is_given_every_value(void)
{
    accept("--take a p --take=b --tak c");
    TEXT(values.taken, "abc");
    HOLDS(values.has_taken);
    give(&syntax, "--take a --take bad --take c p");
    HOLDS(!call.goes_on);
    EQ(call.status, CMD_USAGE);
    TEXT(values.taken, "a");
    give(&syntax, "--take bad p");
    HOLDS(!values.has_taken);
    TEXT(call.err, "");
}

static void the_last_of_equal_options_counts(void)
{
    accept("--number=6 --number=8 p");
    EQ(values.number, 8);
    accept("-f json -ftext p");
    EQ(values.format, CMD_TEXT);
    accept("-f text --format json p");
    EQ(values.format, CMD_JSON);
    accept("--flag --flag p");
    HOLDS(values.flag);
    HOLDS(!values.forced);
    refuse("--number=6 --number=x p", "no number: 'x'");
    refuse("--number=x --number=6 p", "no number: 'x'");
}

static void options_stand_before_between_and_behind_operands(void)
{
    accept("a --flag b --number 9");
    EQ(call.count, 2);
    TEXT(call.operands[0], "a");
    TEXT(call.operands[1], "b");
    HOLDS(values.flag);
    EQ(values.number, 9);
    accept("--flag -- --number");
    EQ(call.count, 1);
    TEXT(call.operands[0], "--number");
    accept("a -- -x");
    EQ(call.count, 2);
    TEXT(call.operands[1], "-x");
    accept("- --flag --");
    EQ(call.count, 1);
    TEXT(call.operands[0], "-");
    HOLDS(values.flag);
    accept("-- --");
    EQ(call.count, 1);
    TEXT(call.operands[0], "--");
    accept("--take -- p");
    TEXT(values.taken, "--");
    EQ(call.count, 1);
    accept("--take --flag p");
    TEXT(values.taken, "--flag");
    HOLDS(!values.flag);
    accept("~");
    EQ(call.count, 1);
    TEXT(call.operands[0], "");
}

static void operands_are_counted(void)
{
    struct cmd_syntax none = syntax, any = syntax;

    refuse("~ a b", "too many: 'b'");
    refuse("a b c d", "too many: 'c'");
    give(&syntax, "--flag");
    TEXT(call.err, "vmclock try: too few\nTry 'vmclock try --help'.\n");
    EQ(call.status, CMD_USAGE);
    HOLDS(!call.goes_on);
    accept("a");
    accept("a b");
    none.least = none.most = 0;
    give(&none, "");
    HOLDS(call.goes_on);
    EQ(call.count, 0);
    give(&none, "x");
    TEXT(call.err, "vmclock try: too many: 'x'\nTry 'vmclock try --help'.\n");
    any.least = 3;
    any.most = 9;
    give(&any, "a b");
    TEXT(call.err, "vmclock try: too few\nTry 'vmclock try --help'.\n");
    give(&any, "a b c");
    HOLDS(call.goes_on);
    EQ(call.count, 3);
}

static void the_culprit_is_shown_as_it_was_typed(void)
{
    static const struct {
        const char *line, *message;
    } rows[] = {
        {"--foo p", "unknown or ambiguous option: '--foo'"},
        {"--foo=1 p", "unknown or ambiguous option: '--foo=1'"},
        {"--f p", "unknown or ambiguous option: '--f'"}, /* flag, format, forced */
        {"--fo p", "unknown or ambiguous option: '--fo'"},
        {"--fo=json p", "unknown or ambiguous option: '--fo=json'"},
        {"---flag p", "unknown or ambiguous option: '---flag'"},
        {"--flagg p", "unknown or ambiguous option: '--flagg'"},
        {"--=1 p", "unknown or ambiguous option: '--=1'"},
        {"-x p", "unknown or ambiguous option: '-x'"},
        {"-x", "unknown or ambiguous option: '-x'"},
        {"-xf text p", "unknown or ambiguous option: '-x'"},
        {"-\xff p", "unknown or ambiguous option: '-\\xff'"},
        {"-F p", "unknown or ambiguous option: '-F'"},
        {"-: p", "unknown or ambiguous option: '-:'"},
        {"-- --foo -x y", "too many: 'y'"},
        {"p --foo", "unknown or ambiguous option: '--foo'"},
        {"p --number", "this option needs a value: '--number'"},
        {"p --num", "this option needs a value: '--num'"},
        {"p --take", "this option needs a value: '--take'"},
        {"p -f", "this option needs a value: '-f'"},
        {"p --flag -f", "this option needs a value: '-f'"},
        {"--flag= p", "this option takes no value: '--flag='"},
        {"--flag=1 p", "this option takes no value: '--flag=1'"},
        {"--forced=x p", "this option takes no value: '--forced=x'"},
        {"--help=1 p", "this option takes no value: '--help=1'"},
        {"--version=1 p", "this option takes no value: '--version=1'"},
        {"--v=1", "this option takes no value: '--v=1'"},
        {"-f=json p", "the format is neither text nor json: '=json'"},
        {"-f ~ p", "the format is neither text nor json: ''"},
        {"--format=json,text p", "the format is neither text nor json: 'json,text'"},
        {"--format=\x1b[m p", "the format is neither text nor json: '\\x1b[m'"},
        {"--number=x --help", "no number: 'x'"},
        {"--flag a b c --bad", "unknown or ambiguous option: '--bad'"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        refuse(rows[i].line, rows[i].message);
}

static void a_subcommand_without_formats_has_no_letter_for_them(void)
{
    struct cmd_syntax plain = syntax;

    plain.count = 3;
    give(&plain, "-f text p");
    TEXT(call.err, "vmclock try: unknown or ambiguous option: '-f'\nTry 'vmclock try --help'.\n");
    give(&plain, "--fl p"); /* no format, nothing forced */
    HOLDS(call.goes_on && values.flag);
}

static void help_and_version_end_it(void)
{
    static const char *const helps[] = {"-h", "--help", "--he", "--help --foo", "p -h --number=x", "--flag -h a b c",
                                        "-hx"};
    static const char *const versions[] = {"--version", "--vers", "--version --foo", "a b c --version",
                                           "--version --help"};
    char wanted[64];

    (void)snprintf(wanted, sizeof wanted, "vmclock %s\n", vmclock_lib_version());
    for (unsigned i = 0; i < sizeof helps / sizeof *helps; i++) {
        give(&syntax, helps[i]);
        HOLDS_IN(helps[i], !call.goes_on);
        EQ_IN(helps[i], call.status, CMD_OK);
        TEXT_IN(helps[i], call.out, "help text\n");
        TEXT_IN(helps[i], call.err, "");
    }
    for (unsigned i = 0; i < sizeof versions / sizeof *versions; i++) {
        give(&syntax, versions[i]);
        HOLDS_IN(versions[i], !call.goes_on);
        EQ_IN(versions[i], call.status, CMD_OK);
        TEXT_IN(versions[i], call.out, wanted);
        TEXT_IN(versions[i], call.err, "");
    }
}

SUITE(args) = {
    {"numbers are decimal or hexadecimal", numbers_are_decimal_or_hexadecimal},
    {"every byte that is no digit is refused", every_byte_that_is_no_digit_is_refused},
    {"a number lies within its range", a_number_lies_within_its_range},
    {"a size may have a suffix", a_size_may_have_a_suffix},
    {"seconds have up to nine digits on either side", seconds_have_up_to_nine_digits_on_either_side},
    {"a choice is a whole word", a_choice_is_a_whole_word},
    {"what takes care of itself is given every value", what_takes_care_of_itself_is_given_every_value},
    {"the last of equal options counts", the_last_of_equal_options_counts},
    {"options stand before, between and behind operands", options_stand_before_between_and_behind_operands},
    {"operands are counted", operands_are_counted},
    {"the culprit is shown as it was typed", the_culprit_is_shown_as_it_was_typed},
    {"a subcommand without formats has no letter for them", a_subcommand_without_formats_has_no_letter_for_them},
    {"help and version end it", help_and_version_end_it},
    CU_TEST_INFO_NULL,
};
