/* The font: strokes as pairs of digits (x 0 … 4, y 0 … 6 from the top), polylines apart by blanks. */
#include "simulate/stroke_font.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *const letters[26] = {
    "0602204246 0444",            /* A */
    "00063645443303 0030414233",  /* B */
    "41301001051636 364645",      /* C */
    "00063645413000",             /* D */
    "40000646 0333",              /* E */
    "400006 0333",                /* F */
    "41301001051636454323",       /* G */
    "0006 4046 0343",             /* H */
    "1030 2026 1636",             /* I */
    "404536160504",               /* J */
    "0006 4003 1246",             /* K */
    "000646",                     /* L */
    "0600234046",                 /* M */
    "06004640",                   /* N */
    "100105163645413010",         /* O */
    "06003041423303",             /* P */
    "100105163645413010 2446",    /* Q */
    "06003041423303 2346",        /* R */
    "41301001021333444536160504", /* S */
    "0040 2026",                  /* T */
    "000516364540",               /* U */
    "002640",                     /* V */
    "0016233640",                 /* W */
    "0046 4006",                  /* X */
    "002340 2326",                /* Y */
    "00400646",                   /* Z */
};

static const char *const digits[10] = {
    "100105163645413010 4105",
    "112026 1636",
    "01103041420646",
    "0110304142334445361605 1333",
    "36300444",
    "40000233444536160504",
    "4130100105163645443303",
    "004016",
    "1001021304051636454433133342413010",
    "4303020110304145361605",
};

static const struct {
    char sign;
    const char *strokes;
} signs[] = {
    {'-', "1333"},
    {'.', "2526"},
    {',', "2516"},
    {':', "2122 2425"},
    {'!', "2024 2626"},
    {'/', "0640"},
    {'+', "1333 2224"},
    {'=', "1232 1434"},
    {'(', "30212536"},
    {')', "10212516"},
    {'\'', "2021"},
    {'%', "0640 0101 4545"},
    {'?', "0110304142232424 2626"},
    {'<', "310335"},
    {'>', "114315"},
    {'*', "1135 3115 2125"},
    {'_', "0646"},
};

static const char *strokes_of(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c >= 'A' && c <= 'Z')
        return letters[c - 'A'];
    if (c >= '0' && c <= '9')
        return digits[c - '0'];
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i].sign == c)
            return signs[i].strokes;
    return c == ' ' ? "" : "0040460600";
}

static const double advance = 5.6; /* units from letter to letter */

double vh_font_width(const char *text, const struct vh_font_style *style)
{
    size_t n = strlen(text);
    double unit = style->height / 6;
    return n ? ((double)(n - 1) * advance + 4) * unit * style->stretch_x : 0;
}

struct segment {
    double x0, y0, x1, y1; /* in lines, both axes */
};

static double distance(const struct segment *s, double x, double y)
{
    double dx = s->x1 - s->x0, dy = s->y1 - s->y0, length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? ((x - s->x0) * dx + (y - s->y0) * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(x - s->x0 - t * dx, y - s->y0 - t * dy);
}

/* `s` and `x` are in lines; samples are `stretch` times finer. */
static void cover_segment(
    float *coverage, int width, int height, const struct segment *s, double pen, double stretch)
{
    double reach = pen + 1;
    int x0 = (int)floor((fmin(s->x0, s->x1) - reach) * stretch),
        x1 = (int)ceil((fmax(s->x0, s->x1) + reach) * stretch);
    int y0 = (int)floor(fmin(s->y0, s->y1) - reach), y1 = (int)ceil(fmax(s->y0, s->y1) + reach);
    x0 = x0 < 0 ? 0 : x0;
    y0 = y0 < 0 ? 0 : y0;
    for (int y = y0; y < y1 && y < height; y++)
        for (int x = x0; x < x1 && x < width; x++) {
            double c = pen + 0.5 - distance(s, (x + 0.5) / stretch, y + 0.5);
            float *at = &coverage[(ptrdiff_t)y * width + x];
            if (c > *at)
                *at = (float)(c < 1 ? c : 1);
        }
}

static void cover_glyph(float *coverage, int width, int height, const char *strokes, double x, double y,
    const struct vh_font_style *style)
{
    double unit = style->height / 6;
    bool pen_down = false;
    struct segment s = {0};
    for (const char *c = strokes; *c;) {
        if (*c == ' ') {
            pen_down = false;
            c++;
            continue;
        }
        double px = x + (c[0] - '0') * unit, py = y + (c[1] - '0') * unit;
        s = (struct segment){pen_down ? s.x1 : px, pen_down ? s.y1 : py, px, py};
        if (pen_down || c[2] == ' ' || c[2] == 0)
            cover_segment(coverage, width, height, &s, style->stroke / 2, style->stretch_x);
        pen_down = true;
        c += 2;
    }
}

void vh_font_cover(float *coverage, int width, int height, const char *text, double x, double y,
    const struct vh_font_style *style)
{
    double at = x / style->stretch_x;
    for (; *text; text++, at += advance * style->height / 6)
        cover_glyph(coverage, width, height, strokes_of(*text), at, y, style);
}

void vh_font_draw(struct vh_plane plane, float *scratch, const char *text, double x, double y,
    const struct vh_font_style *style, uint16_t value)
{
    memset(scratch, 0, (size_t)plane.width * (size_t)plane.height * sizeof *scratch);
    vh_font_cover(scratch, plane.width, plane.height, text, x, y, style);
    for (int j = 0; j < plane.height; j++)
        for (int i = 0; i < plane.width; i++) {
            uint16_t *sample = plane.data + j * plane.stride + i;
            float c = scratch[(ptrdiff_t)j * plane.width + i];
            *sample = (uint16_t)((float)*sample + ((float)value - (float)*sample) * c + 0.5f);
        }
}
