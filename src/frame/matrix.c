/* See frame/matrix.h. */
#include "frame/matrix.h"

#include <string.h>

bool vh_matrix_luma_weights(enum AVColorSpace matrix, double *red, double *blue)
{
    static const struct {
        enum AVColorSpace matrix;
        double red, blue;
    } table[] = {{AVCOL_SPC_BT709, 0.2126, 0.0722}, {AVCOL_SPC_SMPTE170M, 0.299, 0.114},
        {AVCOL_SPC_BT470BG, 0.299, 0.114}, {AVCOL_SPC_SMPTE240M, 0.212, 0.087}, {AVCOL_SPC_FCC, 0.30, 0.11},
        {AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593}};
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].matrix == matrix) {
            *red = table[i].red;
            *blue = table[i].blue;
            return true;
        }
    return false;
}

void vh_matrix_rgb_from_ycc(double out[3][3], double red, double blue)
{
    double y = 1.0 / (219 * 256), c = 1.0 / (224 * 256), green = 1 - red - blue;
    double m[3][3] = {{y, 0, 2 * (1 - red) * c},
        {y, -2 * (1 - blue) * blue / green * c, -2 * (1 - red) * red / green * c},
        {y, 2 * (1 - blue) * c, 0}};
    memcpy(out, m, sizeof m);
}

void vh_matrix_multiply(double out[3][3], double a[3][3], double b[3][3])
{
    double r[3][3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            r[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    memcpy(out, r, sizeof r);
}

void vh_matrix_invert(double out[3][3], double m[3][3])
{
    double r[3][3], det = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int a = (j + 1) % 3, b = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
            r[i][j] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
        }
    for (int i = 0; i < 3; i++)
        det += m[0][i] * r[i][0];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out[i][j] = r[i][j] / det;
}

void vh_matrix_to_float(float out[3][3], double m[3][3])
{
    for (int i = 0; i < 9; i++)
        out[i / 3][i % 3] = (float)m[i / 3][i % 3];
}
