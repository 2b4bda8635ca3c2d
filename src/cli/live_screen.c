/* A live table that fills the terminal, by ncurses. */
#include "base/clock.h"
#include "cli/interrupt.h"
#include "cli/live_inside.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- drawing ---- */

static void put_line(int y, const char *line, size_t n, attr_t attributes)
{
    attron(attributes);
    mvaddnstr(y, 0, line, (int)n);
    if (attributes & A_REVERSE)
        for (int x = getcurx(stdscr); x < COLS && getcury(stdscr) == y; x++)
            addch(' ');
    attroff(attributes);
}

static int put_lines(int y, const struct text *t, attr_t first)
{
    const char *p = t->bytes ? t->bytes : "", *end = p + t->length;
    for (bool head = true; p < end && y < LINES - 1; y++, head = false) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        put_line(y, p, (size_t)((stop ? stop : end) - p), head ? first : A_NORMAL);
        p = stop ? stop + 1 : end;
    }
    return y;
}

static void put_status(const struct live_state *s)
{
    struct text t = {0};
    if (s->typing || *s->filter)
        text_addf(&t, "filter: %s%s  ", s->filter, s->typing ? "_" : "");
    if (s->paused)
        text_adds(&t, "paused  ");
    for (size_t i = 0; s->view->n_modes > 1 && i < s->view->n_modes; i++)
        text_addf(&t, "%c %s  ", s->view->modes[i].key, s->view->modes[i].name);
    text_addf(&t, "< > sort by  r reverse  / filter  space pause  q quit   %zu row%s", s->n_order, s->n_order == 1 ? "" : "s");
    put_line(LINES - 1, t.bytes ? t.bytes : "", t.length, A_DIM);
    text_free(&t);
}

static void draw(struct live_state *s)
{
    struct terminal terminal = {.is_terminal = true, .width = (size_t)COLS};
    struct text table = {0};
    erase();
    int y = put_lines(0, &s->rows.heading, A_BOLD);
    size_t room = LINES - 2 > y ? (size_t)(LINES - 2 - y) : 0;
    if (s->first >= s->n_order)
        s->first = s->n_order ? s->n_order - 1 : 0;
    live_lay_out(s, &terminal, s->first, room, &table);
    put_lines(y, &table, A_REVERSE);
    put_status(s);
    wrefresh(stdscr);
    text_free(&table);
}

/* ---- keys ---- */

static void type_filter(struct live_state *s, int key)
{
    size_t n = strlen(s->filter);
    if (key == '\n' || key == KEY_ENTER || key == 27)
        s->typing = false;
    else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && n)
        s->filter[n - 1] = '\0';
    else if (key >= 32 && key < 127 && n + 1 < sizeof s->filter)
        s->filter[n] = (char)key, s->filter[n + 1] = '\0';
}

static void scroll_by(struct live_state *s, long by)
{
    long at = (long)s->first + by;
    s->first = at < 0 ? 0 : (size_t)at;
}

enum pressed { PRESSED_NOTHING, PRESSED_SHOWN, PRESSED_ANEW, PRESSED_QUIT };

static enum pressed press(struct live_state *s, int key)
{
    if (s->typing) {
        type_filter(s, key);
        return PRESSED_SHOWN;
    }
    for (size_t i = 0; i < s->view->n_modes; i++)
        if (s->view->modes[i].key == key) {
            live_choose(s, i);
            return PRESSED_ANEW;
        }
    size_t n = live_mode(s)->n_columns;
    switch (key) {
    case 'q': return PRESSED_QUIT;
    case 'r': s->reverse = !s->reverse; break;
    case '>':
    case KEY_RIGHT: s->sort = (s->sort + 1) % n; break;
    case '<':
    case KEY_LEFT: s->sort = (s->sort + n - 1) % n; break;
    case ' ': s->paused = !s->paused; break;
    case '/':
        s->typing = true;
        *s->filter = '\0';
        break;
    case KEY_DOWN: scroll_by(s, 1); break;
    case KEY_UP: scroll_by(s, -1); break;
    case KEY_NPAGE: scroll_by(s, LINES - 4); break;
    case KEY_PPAGE: scroll_by(s, -(LINES - 4)); break;
    case KEY_HOME: s->first = 0; break;
    case KEY_RESIZE: break;
    default: return PRESSED_NOTHING;
    }
    return PRESSED_SHOWN;
}

/* Keys until the next refresh is due. */
static enum pressed keys_until(struct live_state *s, int64_t until)
{
    for (;;) {
        int64_t left = until - clock_mono_ns();
        struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = interrupt_fd(), .events = POLLIN}};
        int n = poll(p, 2, left > 0 ? (int)(left / NS_PER_MS) + 1 : 0);
        if (p[1].revents || (n < 0 && interrupt_count()))
            return PRESSED_QUIT;
        if (n == 0)
            return PRESSED_ANEW;
        for (int key; (key = getch()) != ERR;) {
            enum pressed what = press(s, key);
            if (what == PRESSED_ANEW || what == PRESSED_QUIT)
                return what;
            if (what == PRESSED_SHOWN) {
                live_order(s);
                draw(s);
            }
        }
        if (p[0].revents & (POLLHUP | POLLERR))
            return PRESSED_QUIT;
    }
}

int live_screen(struct live_state *s, struct err *why)
{
    setlocale(LC_CTYPE, "");
    if (!newterm(NULL, stdout, stdin))
        return err_set(why, ENOTTY, "the terminal \"%s\" is not known here; set TERM, or pipe the output",
                       getenv("TERM") ? getenv("TERM") : "");
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    int rc = 0;
    for (enum pressed what = PRESSED_ANEW; what != PRESSED_QUIT && !rc;) {
        if (!s->paused)
            rc = live_fill(s, why);
        if (rc)
            break;
        draw(s);
        what = keys_until(s, clock_mono_ns() + s->view->interval_ms * (int64_t)NS_PER_MS);
    }
    endwin();
    return rc;
}
